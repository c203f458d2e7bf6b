import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import { randomUUID } from "node:crypto";
import { messageOf } from "../failure.ts";
import { Progress } from "../progress.ts";
import type { Bucket } from "./bucket.ts";
import { beginMultipartUpload } from "./multipart-upload.ts";
import type { ObjectKey } from "./object-key.ts";
import { nameOf } from "./s3-failure.ts";
import { sendSmallObject } from "./small-object.ts";

const content = Buffer.from("ksnapshot dump --check wrote this, and was not allowed to remove it.\n");

/**
 * Takes every step of a run, the last ones too: begins an upload, sends a part and aborts it; stores a small object and
 * removes it.
 * @returns what one should know, a sentence each: a dump does not need the right to remove
 * @throws {RunFailed} when a dump would fail
 */
export async function checkBucket(bucket: Bucket, key: ObjectKey, signal: AbortSignal): Promise<readonly string[]> {
  const mark = { runId: randomUUID(), cluster: null, cronJob: null, ownerUid: null };
  const upload = await beginMultipartUpload(bucket, key, mark, signal);
  try {
    await upload.write(once(content), new Progress(), signal);
  } catch (error) {
    await upload.discard().catch(() => null); // what failed first tells more
    throw error;
  }
  await upload.discard();
  const version = await store(bucket, key, signal);
  return version === null ? [] : remove(bucket, key, version, signal);
}

interface Version {
  /** Undefined where the bucket keeps no versions. */
  readonly id: string | undefined;
}

/** Null when an earlier check's object is still there: nothing is written over it, so that no versions pile up. */
async function store(bucket: Bucket, key: ObjectKey, signal: AbortSignal): Promise<Version | null> {
  try {
    const { VersionId: id } = await sendSmallObject(bucket, key, content, signal);
    return { id };
  } catch (error) {
    if (nameOf(error) === "PreconditionFailed") return null;
    throw error;
  }
}

/** By its version: otherwise a bucket with versions would keep it, and a mark of its removal beside it, at each check. */
async function remove(
  { client, name }: Bucket,
  key: ObjectKey,
  { id }: Version,
  abortSignal: AbortSignal,
): Promise<readonly string[]> {
  try {
    const request = { Bucket: name, Key: key, ...(id === undefined ? {} : { VersionId: id }) };
    await client.send(new DeleteObjectCommand(request), { abortSignal });
    return [];
  } catch (error) {
    abortSignal.throwIfAborted();
    return [
      `${key} stays in the bucket, which does not let this account remove it (${nameOf(error)}: ${messageOf(error)}). A dump needs no such right; later checks write no other.`,
    ];
  }
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield await Promise.resolve(bytes);
}
