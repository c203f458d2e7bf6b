import {
  DeleteObjectCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { randomUUID } from "node:crypto";
import { buffer } from "node:stream/consumers";
import type { S3Storage } from "../../contract/storage.ts";
import { beginMultipartUpload } from "./multipart-upload.ts";
import type { ObjectKey } from "./object-key.ts";
import type { ObjectStorage, StoredObject } from "./object-storage.ts";
import { openS3Client } from "./s3-client.ts";
import { failing } from "./s3-failure.ts";

/** A download that breaks is taken up again so often. */
const readAttempts = 5;

/** Where a bucket's objects are, and how it is called. */
export interface Bucket {
  readonly client: S3Client;
  readonly name: string;
}

/** Objects in a bucket of S3, or of what speaks like it. */
export function openBucket(storage: S3Storage): ObjectStorage {
  const client = openS3Client(storage);
  const bucket = { client, name: storage.bucket };
  const prefix = storage.prefix === "" ? "" : `${storage.prefix}/`;
  return {
    name: `s3://${storage.bucket}`,
    prefix,
    begin: (key, runId, signal) => beginMultipartUpload(bucket, key, runId, signal),
    put: (key, bytes) => put(bucket, key, bytes),
    list: (start, signal) => list(bucket, start, signal),
    read: (key, signal) => read(bucket, key, signal),
    remove: async (Key) => {
      await failing(bucket.name, "remove an object", () =>
        client.send(new DeleteObjectCommand({ Bucket: bucket.name, Key })),
      );
    },
    check: async (signal) => {
      const upload = await beginMultipartUpload(bucket, `${prefix}ksnapshot-check` as ObjectKey, randomUUID(), signal);
      await upload.discard();
    },
    close: () => {
      client.destroy();
    },
  };
}

/** When the answer is lost or bad, what is stored decides. */
async function put(bucket: Bucket, key: ObjectKey, bytes: Buffer): Promise<void> {
  const target = { Bucket: bucket.name, Key: key };
  try {
    await failing(bucket.name, "write an object", () =>
      bucket.client.send(new PutObjectCommand({ ...target, Body: bytes, ContentType: "application/json" })),
    );
  } catch (error) {
    const stored = await buffer(read(bucket, key, AbortSignal.timeout(10_000))).catch(() => null);
    if (stored?.equals(bytes) !== true) throw error;
  }
}

async function* list({ client, name }: Bucket, prefix: string, signal: AbortSignal): AsyncGenerator<StoredObject> {
  const pages = paginateListObjectsV2({ client }, { Bucket: name, Prefix: prefix })[Symbol.asyncIterator]();
  for (;;) {
    signal.throwIfAborted();
    const page = await failing(name, "list objects", () => pages.next());
    if (page.done === true) return;
    for (const { Key, Size } of page.value.Contents ?? []) {
      if (Key !== undefined) yield { key: Key as ObjectKey, bytes: Size ?? 0 };
    }
  }
}

async function* read({ client, name }: Bucket, key: ObjectKey, signal: AbortSignal): AsyncGenerator<Buffer> {
  let position = 0;
  let etag: string | undefined;
  for (let attempt = 1; ; attempt++) {
    const request = {
      ...{ Bucket: name, Key: key },
      ...(position > 0 && etag !== undefined ? { Range: `bytes=${position}-`, IfMatch: etag } : {}),
    };
    const answer = await failing(name, `read the object ${key}`, () =>
      client.send(new GetObjectCommand(request), { abortSignal: signal }),
    );
    etag ??= answer.ETag;
    const end = position + (answer.ContentLength ?? 0);
    try {
      for await (const chunk of answer.Body as AsyncIterable<Buffer>) {
        position += chunk.length;
        yield chunk;
      }
      if (position >= end) return;
    } catch (error) {
      signal.throwIfAborted();
      if (attempt === readAttempts) await failing(name, `read the object ${key}`, () => Promise.reject(error as Error));
    }
  }
}
