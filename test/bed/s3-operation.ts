/** The name that the S3 API gives a request, and the part it carries. */
export interface S3Operation {
  /** `PutObject`, `UploadPart`, `CompleteMultipartUpload`...; `METHOD /...` for what is not listed here. */
  readonly name: string;
  readonly bucket: string;
  /** Decoded; empty for operations on a bucket. */
  readonly key: string;
  readonly partNumber?: number;
}

type Target = "bucket" | "object";

// Method, target, the query parameter that tells the operation (none: no other row fits), name. The first that fits counts.
const OPERATIONS: readonly (readonly [string, Target, string | undefined, string])[] = [
  ["PUT", "object", "partNumber", "UploadPart"],
  ["POST", "object", "uploads", "CreateMultipartUpload"],
  ["POST", "object", "uploadId", "CompleteMultipartUpload"],
  ["DELETE", "object", "uploadId", "AbortMultipartUpload"],
  ["GET", "object", "uploadId", "ListParts"],
  ["GET", "bucket", "uploads", "ListMultipartUploads"],
  ["GET", "bucket", "list-type", "ListObjectsV2"],
  ["POST", "bucket", "delete", "DeleteObjects"],
  ["PUT", "object", undefined, "PutObject"],
  ["GET", "object", undefined, "GetObject"],
  ["HEAD", "object", undefined, "HeadObject"],
  ["DELETE", "object", undefined, "DeleteObject"],
  ["PUT", "bucket", undefined, "CreateBucket"],
  ["HEAD", "bucket", undefined, "HeadBucket"],
];

/** Names a request that is addressed in path style (`/BUCKET/KEY?query`). */
export function s3OperationOf(method: string, target: string): S3Operation {
  const url = new URL(target, "http://s3.invalid");
  const [bucket = "", ...rest] = url.pathname.slice(1).split("/");
  const key = decodeURIComponent(rest.join("/"));
  const kind: Target = key === "" ? "bucket" : "object";
  const operation = OPERATIONS.find(
    ([itsMethod, its, parameter]) =>
      itsMethod === method && its === kind && (parameter === undefined || url.searchParams.has(parameter)),
  );
  const partNumber = url.searchParams.get("partNumber");
  return {
    name: operation?.[3] ?? `${method} ${target}`,
    bucket,
    key,
    ...(partNumber === null ? {} : { partNumber: Number(partNumber) }),
  };
}
