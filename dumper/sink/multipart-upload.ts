import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  type CompletedPart,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { crc32 } from "node:zlib";
import { rungOf } from "../../contract/part-ladder.ts";
import type { Progress } from "../progress.ts";
import type { Bucket } from "./bucket.ts";
import type { ObjectKey } from "./object-key.ts";
import type { Upload } from "./object-storage.ts";
import { partsOf } from "./parts.ts";
import { failing, nameOf } from "./s3-failure.ts";

/** The object's metadata that says which run made it: HEAD decides by it what became of a completion whose answer was lost. */
const runIdName = "ksnapshot-run";

/**
 * Begins a multipart upload. Its checksum algorithm is declared here, as some servers refuse a part's checksum
 * otherwise; each part carries its own CRC32.
 * @throws {RunFailed}
 */
export async function beginMultipartUpload(
  bucket: Bucket,
  key: ObjectKey,
  runId: string,
  signal: AbortSignal,
): Promise<Upload> {
  const target = { Bucket: bucket.name, Key: key };
  const send = bucket.client.send.bind(bucket.client);
  const begun = await failing(bucket.name, "begin an upload", () =>
    send(
      new CreateMultipartUploadCommand({ ...target, ChecksumAlgorithm: "CRC32", Metadata: { [runIdName]: runId } }),
      {
        abortSignal: signal,
      },
    ),
  );
  const upload = { ...target, UploadId: begun.UploadId };
  const parts: CompletedPart[] = [];
  let bytes = 0;
  let isCompleting = false;

  async function sendPart(number: number, body: Buffer, progress: Progress, abortSignal: AbortSignal): Promise<void> {
    const part = { PartNumber: number, ChecksumCRC32: checksumOf(body) };
    progress.storageWrites++;
    try {
      const answer = await failing(bucket.name, `take part ${number}`, () =>
        send(new UploadPartCommand({ ...upload, ...part, Body: body }), { abortSignal }),
      );
      parts.push({ ...part, ETag: answer.ETag });
      bytes += body.length;
      progress.storedBytes += body.length;
    } finally {
      progress.storageWrites--;
    }
  }

  async function isStored(): Promise<boolean> {
    const head = await send(new HeadObjectCommand(target));
    return head.ContentLength === bytes && head.Metadata?.[runIdName] === runId;
  }

  return {
    key,
    write: (source, progress, abortSignal) =>
      sendAll(partsOf(source), (number, body) => sendPart(number, body, progress, abortSignal), abortSignal),
    complete: async () => {
      isCompleting = true;
      const sorted = parts.sort((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
      try {
        await failing(bucket.name, "complete the upload", () =>
          send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: sorted } })),
        );
      } catch (error) {
        // A lost answer, or one that the SDK's own repetition turned into "no such upload": what is stored decides.
        if (!(await isStored().catch(() => false))) throw error;
      }
    },
    discard: async () => {
      try {
        await failing(bucket.name, "abort the upload", () => send(new AbortMultipartUploadCommand(upload)));
      } catch (error) {
        if (nameOf(error) !== "NoSuchUpload") throw error;
      }
      // After an attempt to complete, an abort may be accepted and the object be there all the same.
      if (isCompleting) {
        await failing(bucket.name, "remove an object", () => send(new DeleteObjectCommand(target)));
      }
    },
  };
}

/** Sends parts as they come, as many at a time as the ladder says. Resolves or rejects when none is under way any more. */
async function sendAll(
  parts: AsyncIterable<{ readonly number: number; readonly body: Buffer; readonly release: () => void }>,
  send: (number: number, body: Buffer) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  const failures: unknown[] = [];
  try {
    for await (const { number, body, release } of parts) {
      while (underWay.size >= (rungOf(number)?.inFlight ?? 1)) await Promise.race(underWay);
      if (failures.length > 0) break;
      const sending = send(number, body)
        .catch((error: unknown) => {
          failures.push(error);
        })
        .finally(() => {
          release();
          underWay.delete(sending);
        });
      underWay.add(sending);
    }
  } finally {
    await Promise.all(underWay);
  }
  signal.throwIfAborted();
  if (failures.length > 0) throw failures[0];
}

function checksumOf(body: Buffer): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(body));
  return bytes.toString("base64");
}
