import { DeleteObjectCommand, PutObjectCommand, type PutObjectCommandOutput } from "@aws-sdk/client-s3";
import { messageOf, RunFailed } from "../failure.ts";
import { atMostBytes } from "./bounded.ts";
import { type Bucket, read } from "./bucket.ts";
import { proofOf } from "./checksum.ts";
import type { ObjectKey } from "./object-key.ts";
import { unlessThere, withFeature } from "./provider.ts";
import { failing, nameOf } from "./s3-failure.ts";

/** Asking what is stored may last so long, and so may taking it back: a failed run is to have told its end within half a minute. */
const readTimeoutMs = 5_000;

/**
 * Stores a small object at once, and never over another one. When the answer is lost or bad, what is stored decides.
 * @throws {RunFailed} and then nothing of it is stored, or the error names it
 */
export async function putSmallObject(
  bucket: Bucket,
  key: ObjectKey,
  bytes: Buffer,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await sendSmallObject(bucket, key, bytes, signal);
  } catch (error) {
    const stored = await whatIsStored(bucket, key, bytes);
    if (stored === "whole") return;
    const isOurs = stored === "unknown" && nameOf(error) !== "PreconditionFailed";
    if (isOurs) await takeBack(bucket, key, error);
    throw error;
  }
}

/** The request alone: its answer tells of nothing but itself. @throws {RunFailed} */
export async function sendSmallObject(
  bucket: Bucket,
  key: ObjectKey,
  bytes: Buffer,
  abortSignal: AbortSignal | undefined,
): Promise<PutObjectCommandOutput> {
  const { client, name, provider } = bucket;
  const object = { Bucket: name, Key: key, Body: bytes, ContentType: "application/json" };
  const answer = await withFeature(provider, "checksums", (hasChecksums) =>
    withFeature(provider, "conditions", (isConditional) =>
      failing(name, "write an object", () =>
        client.send(
          new PutObjectCommand({ ...object, ...proofOf(bytes, hasChecksums), ...unlessThere(isConditional) }),
          { ...(abortSignal && { abortSignal }) },
        ),
      ),
    ),
  );
  if (answer.ETag !== undefined) return answer;
  throw new RunFailed("storage", `the bucket ${name} gave an answer that is none of S3`, {
    remedy: "check the endpoint and what stands between: a proxy, a gateway",
  });
}

async function whatIsStored(bucket: Bucket, key: ObjectKey, bytes: Buffer) {
  try {
    const stored = await atMostBytes(bytes.length, read(bucket, key, AbortSignal.timeout(readTimeoutMs)));
    return stored?.equals(bytes) === true ? "whole" : "of another";
  } catch (error) {
    return nameOf(error) === "NoSuchKey" ? "nothing" : "unknown";
  }
}

async function takeBack({ client, name }: Bucket, key: ObjectKey, error: unknown): Promise<void> {
  try {
    const request = new DeleteObjectCommand({ Bucket: name, Key: key });
    await client.send(request, { abortSignal: AbortSignal.timeout(readTimeoutMs) });
  } catch (refusal) {
    const problem = `${messageOf(error)}; besides, it cannot be told whether ${key} is there: ${messageOf(refusal)}`;
    throw new RunFailed("storage", problem, { remedy: "remove it: its snapshot is incomplete", cause: error });
  }
}
