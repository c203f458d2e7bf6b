import { DeleteObjectCommand, GetObjectCommand, paginateListObjectsV2, type S3Client } from "@aws-sdk/client-s3";
import type { Readable } from "node:stream";
import type { S3Storage } from "../../contract/storage.ts";
import { RunFailed } from "../failure.ts";
import { checkBucket } from "./bucket-check.ts";
import { beginMultipartUpload } from "./multipart-upload.ts";
import { longerThan, type ObjectKey } from "./object-key.ts";
import type { ObjectStorage, ListedObject } from "./object-storage.ts";
import { memoryLimitBytes, type PartBounds } from "./parts.ts";
import { ladderFor, type Provider } from "./provider.ts";
import { openS3Client } from "./s3-client.ts";
import { markOf } from "./object-metadata.ts";
import { failing, nameOf } from "./s3-failure.ts";
import { putSmallObject } from "./small-object.ts";
import { unfinishedUploads } from "./unfinished-uploads.ts";

/** A download that breaks is taken up again, and given up when so many attempts in a row have brought no byte. */
const fruitlessReads = 5;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const mostKeyBytes = 1024;

/** A bucket, how it is reached, and what bounds an upload to it. */
export interface Bucket extends PartBounds {
  readonly client: S3Client;
  readonly name: string;
  readonly provider: Provider;
}

/**
 * Objects in a bucket of S3, or of what speaks like it.
 * @param client closed with the storage
 * @throws {RunFailed} of code `invalid` when the authorities to trust cannot be read
 */
export function openBucket(storage: S3Storage, client = openS3Client(storage)): ObjectStorage {
  const bucket: Bucket = {
    client,
    name: storage.bucket,
    provider: { conditions: true, checksums: true },
    ladder: ladderFor(storage),
    memoryLimitBytes: memoryLimitBytes(),
  };
  const prefix = storage.prefix === "" ? "" : `${storage.prefix}/`;
  return {
    name: `s3://${storage.bucket}`,
    prefix,
    keyProblem: (key) => longerThan(mostKeyBytes, key, "the key of an object"),
    begin: (key, mark, signal) => beginMultipartUpload(bucket, key, mark, signal),
    put: (key, bytes, signal) => putSmallObject(bucket, key, bytes, signal),
    list: (start, signal) => list(bucket, start, signal),
    unfinished: (signal) => unfinishedUploads(bucket, null, signal),
    read: (key, signal) => read(bucket, key, signal),
    has: (key, signal) => has(bucket, key, signal),
    keepsMarks: true,
    markOf: (key, signal) => markOf(bucket, key, signal),
    remove: async (Key) => {
      await failing(bucket.name, "remove an object", () =>
        client.send(new DeleteObjectCommand({ Bucket: bucket.name, Key })),
      );
    },
    check: (signal) => checkBucket(bucket, `${prefix}ksnapshot-check` as ObjectKey, signal),
    close: () => {
      client.destroy();
    },
  };
}

async function* list({ client, name }: Bucket, prefix: string, signal: AbortSignal): AsyncGenerator<ListedObject> {
  const pages = paginateListObjectsV2({ client }, { Bucket: name, Prefix: prefix })[Symbol.asyncIterator]();
  for (;;) {
    signal.throwIfAborted();
    const page = await failing(name, "list objects", () => pages.next());
    if (page.done === true) return;
    for (const { Key, Size, LastModified } of page.value.Contents ?? []) {
      if (Key !== undefined) yield { key: Key as ObjectKey, bytes: Size ?? 0, storedAt: LastModified ?? new Date() };
    }
  }
}

/** By GET: the answer to a HEAD has no content that tells S3's own word from that of a proxy. */
async function has({ client, name }: Bucket, Key: ObjectKey, abortSignal: AbortSignal): Promise<boolean> {
  try {
    const request = new GetObjectCommand({ Bucket: name, Key, Range: "bytes=0-0" });
    const { Body } = await failing(name, `look for ${Key}`, () => client.send(request, { abortSignal }));
    (Body as Readable | undefined)?.destroy();
    return true;
  } catch (error) {
    const code = nameOf(error);
    if (code === "InvalidRange") return true; // it is empty
    if (code === "NoSuchKey") return false;
    throw error;
  }
}

/** The bytes of an object; a connection that breaks is taken up again where it broke. */
export async function* read(bucket: Bucket, key: ObjectKey, signal: AbortSignal): AsyncGenerator<Buffer> {
  const deed = `read the object ${key}`;
  let position = 0;
  let etag: string | undefined;
  for (let fruitless = 1; ; fruitless++) {
    const request = {
      ...{ Bucket: bucket.name, Key: key },
      ...(position > 0 ? { Range: `bytes=${position}-`, IfMatch: etag } : {}),
    };
    const answer = await failing(bucket.name, deed, () =>
      bucket.client.send(new GetObjectCommand(request), { abortSignal: signal }),
    );
    if (position > 0 && answer.ContentRange === undefined) throw noRange(bucket, key);
    etag ??= answer.ETag;
    const end = position + (answer.ContentLength ?? 0);
    try {
      for await (const chunk of answer.Body as AsyncIterable<Buffer>) {
        position += chunk.length;
        fruitless = 0;
        yield chunk;
      }
      if (position >= end) return;
      throw new Error(`the answer ended after ${position} of ${end} bytes`);
    } catch (error) {
      signal.throwIfAborted();
      if (fruitless === fruitlessReads) await failing(bucket.name, deed, () => Promise.reject(error as Error));
    }
  }
}

function noRange({ name }: Bucket, key: ObjectKey): RunFailed {
  return new RunFailed(
    "storage",
    `the connection broke while ${key} was read, and the bucket ${name} gives no ranges`,
    {
      remedy: "try again",
    },
  );
}
