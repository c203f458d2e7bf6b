import { AbortMultipartUploadCommand, ListMultipartUploadsCommand, type MultipartUpload } from "@aws-sdk/client-s3";
import type { Bucket } from "./bucket.ts";
import type { ObjectKey } from "./object-key.ts";
import type { UnfinishedUpload } from "./object-storage.ts";
import { failing, nameOf } from "./s3-failure.ts";

/** Looking for the uploads of one key may last so long. */
const straysTimeoutMs = 5_000;

/** Where an upload is. */
export interface UploadTarget {
  readonly Bucket: string;
  readonly Key: string;
  readonly UploadId: string;
}

/**
 * Uploads that are open. MinIO knows no prefix other than a whole key and gives nothing for one, so that without one it
 * has to list all.
 * @param key only those of this key; null: all of the bucket
 */
export async function* unfinishedUploads(
  bucket: Bucket,
  key: ObjectKey | null,
  signal: AbortSignal,
): AsyncGenerator<UnfinishedUpload & { readonly id: string }> {
  let markers = {};
  for (;;) {
    const request = { Bucket: bucket.name, ...(key === null ? {} : { Prefix: key }), ...markers };
    const page = await failing(bucket.name, "list unfinished uploads", () =>
      bucket.client.send(new ListMultipartUploadsCommand(request), { abortSignal: signal }),
    );
    for (const upload of page.Uploads ?? []) {
      const found = foundOf(bucket, upload);
      if (found !== null && (key === null || found.key === key)) yield found;
    }
    const hasMore = page.IsTruncated === true && page.NextKeyMarker;
    if (!hasMore) return;
    markers = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
  }
}

function foundOf(bucket: Bucket, { Key, UploadId, Initiated }: MultipartUpload) {
  if (Key === undefined || UploadId === undefined || Initiated === undefined) return null;
  const target = { Bucket: bucket.name, Key, UploadId };
  const discard = () => abortUpload(bucket, target);
  return { key: Key as ObjectKey, id: UploadId, runId: null, touchedAt: Initiated, discard };
}

/** Ends an upload and gives its parts back; one that is not there any more is no error. */
export async function abortUpload(bucket: Bucket, target: UploadTarget): Promise<void> {
  try {
    await failing(bucket.name, "abort the upload", () => bucket.client.send(new AbortMultipartUploadCommand(target)));
  } catch (error) {
    if (nameOf(error) !== "NoSuchUpload") throw error;
  }
}

/**
 * Aborts the other uploads of a key: a request to begin whose answer was lost has begun one all the same, and nobody
 * knows its id.
 * @param id the one that is to stay; null: none
 */
export async function abortStrays(bucket: Bucket, key: ObjectKey, id: string | null): Promise<void> {
  for await (const upload of unfinishedUploads(bucket, key, AbortSignal.timeout(straysTimeoutMs))) {
    if (upload.id !== id) await upload.discard();
  }
}
