import {
  CompleteMultipartUploadCommand,
  type CompletedPart,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { setTimeout as delay } from "node:timers/promises";
import { RunFailed } from "../failure.ts";
import type { Progress } from "../progress.ts";
import type { Bucket } from "./bucket.ts";
import { proofOf } from "./checksum.ts";
import type { ObjectKey } from "./object-key.ts";
import { markIn, metadataOf } from "./object-metadata.ts";
import type { ObjectMark, Upload } from "./object-storage.ts";
import { partsOf } from "./parts.ts";
import { unlessThere, withFeature } from "./provider.ts";
import { failing, mayHaveHappened, nameOf, statusOf } from "./s3-failure.ts";
import { sendAll } from "./send-parts.ts";
import { abortStrays, abortUpload } from "./unfinished-uploads.ts";

/** While another request for the same key is under way S3 answers 409. It may be an earlier attempt of our own. */
const conflictAttempts = 5;
const conflictPauseMs = 1_000;

/** Asking what is stored may last so long. */
const headTimeoutMs = 10_000;

/** What is under the key after an attempt to complete. */
type Stored = "whole" | "damaged" | "of another" | "nothing" | "unknown";

/**
 * Begins a multipart upload. Its checksum algorithm is declared here, as some servers refuse a part's checksum
 * otherwise; each part carries its own CRC32, or its MD5 where that is not known.
 * @throws {RunFailed}
 */
export async function beginMultipartUpload(
  bucket: Bucket,
  key: ObjectKey,
  mark: ObjectMark,
  signal: AbortSignal,
): Promise<Upload> {
  const object = { Bucket: bucket.name, Key: key };
  const { target, hasChecksums, mayHaveStrays } = await begin(bucket, key, mark, signal);
  const send = bucket.client.send.bind(bucket.client);
  const parts: CompletedPart[] = [];
  let bytes = 0;
  let completion: "not tried" | "tried" | "done" = "not tried";
  let isNameTaken = false;

  async function sendPart(number: number, body: Buffer, progress: Progress, abortSignal: AbortSignal): Promise<void> {
    const proof = proofOf(body, hasChecksums);
    progress.storageWrites++;
    try {
      const answer = await failing(bucket.name, `take part ${number}`, () =>
        send(new UploadPartCommand({ ...target, ...proof, PartNumber: number, Body: body }), { abortSignal }),
      );
      if (answer.ETag === undefined) throw senseless(bucket, `to part ${number}`);
      parts.push({ PartNumber: number, ETag: answer.ETag, ...("ChecksumCRC32" in proof ? proof : {}) });
      bytes += body.length;
      progress.storedBytes += body.length;
    } finally {
      progress.storageWrites--;
    }
  }

  async function sendCompletion(abortSignal: AbortSignal | undefined): Promise<void> {
    const Parts = parts.toSorted((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
    const answer = await withFeature(bucket.provider, "conditions", (isOn) =>
      failing(bucket.name, "complete the upload", () =>
        send(new CompleteMultipartUploadCommand({ ...target, MultipartUpload: { Parts }, ...unlessThere(isOn) }), {
          ...(abortSignal && { abortSignal }),
        }),
      ),
    );
    // An error document with status 200 that the SDK did not see as one is an answer without a content of its own.
    if (answer.ETag === undefined) throw senseless(bucket, "to the completion");
  }

  async function whatIsStored(): Promise<Stored> {
    try {
      const head = await send(new HeadObjectCommand(object), { abortSignal: AbortSignal.timeout(headTimeoutMs) });
      if (markIn(head.Metadata)?.runId !== mark.runId) return "of another";
      return head.ContentLength === bytes ? "whole" : "damaged";
    } catch (error) {
      return statusOf(error) === 404 ? "nothing" : "unknown";
    }
  }

  async function complete(abortSignal?: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      completion = "tried";
      try {
        await sendCompletion(abortSignal);
        break;
      } catch (error) {
        // A lost answer, or one that the SDK's own repetition turned into "no such upload" or "there is one already":
        // what is stored decides.
        const stored = await whatIsStored();
        if (stored === "whole") break;
        isNameTaken ||= nameOf(error) === "PreconditionFailed";
        if (statusOf(error) !== 409 || attempt === conflictAttempts) throw error;
        await delay(conflictPauseMs);
      }
    }
    completion = "done";
    // What is left of them only costs money; a later run sweeps it.
    if (mayHaveStrays) await abortStrays(bucket, key, null).catch(() => null);
  }

  /** Whether an object under the key is this upload's own: nobody else's is ever removed. */
  async function isOurs(): Promise<boolean> {
    if (completion !== "tried") return completion === "done";
    const stored = await whatIsStored();
    if (stored === "unknown" && isNameTaken) throw new Error("the storage does not tell whose the object is");
    return stored !== "nothing" && stored !== "of another";
  }

  return {
    key,
    write: (source, progress, abortSignal) =>
      sendAll(
        partsOf(source, bucket),
        bucket.ladder,
        (number, body) => sendPart(number, body, progress, abortSignal),
        abortSignal,
      ),
    complete,
    discard: async () => {
      await abortUpload(bucket, target);
      if (mayHaveStrays) await abortStrays(bucket, key, target.UploadId);
      // After an attempt to complete, an abort may be accepted and the object be there all the same.
      if (await isOurs()) await failing(bucket.name, "remove an object", () => send(new DeleteObjectCommand(object)));
    },
  };
}

async function begin(bucket: Bucket, key: ObjectKey, mark: ObjectMark, abortSignal: AbortSignal) {
  const object = { Bucket: bucket.name, Key: key };
  const create = (hasChecksums: boolean) =>
    failing(bucket.name, "begin an upload", async () => {
      const algorithm = hasChecksums ? { ChecksumAlgorithm: "CRC32" as const } : {};
      const request = { ...object, ...algorithm, Metadata: metadataOf(mark) };
      const answer = await bucket.client.send(new CreateMultipartUploadCommand(request), { abortSignal });
      const { UploadId } = answer;
      if (UploadId === undefined) throw senseless(bucket, "to the beginning of an upload");
      const mayHaveStrays = (answer.$metadata.attempts ?? 1) > 1;
      return { target: { ...object, UploadId }, hasChecksums, mayHaveStrays };
    });
  try {
    return await withFeature(bucket.provider, "checksums", create);
  } catch (error) {
    if (mayHaveHappened(error)) await abortStrays(bucket, key, null).catch(() => null); // the error counts
    throw error;
  }
}

function senseless({ name }: Bucket, what: string): RunFailed {
  return new RunFailed("storage", `the bucket ${name} gave an answer ${what} that is none of S3`, {
    remedy: "check the endpoint and what stands between: a proxy, a gateway",
  });
}
