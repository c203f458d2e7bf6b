import { S3Client } from "@aws-sdk/client-s3";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import type { S3Storage } from "../../contract/storage.ts";

/** A request is tried so often, with a growing pause in between. */
const maxAttempts = 5;
const connectionTimeoutMs = 10_000;
/** A connection on which nothing has moved for so long is given up, and the request tried again. */
const socketTimeoutMs = 60_000;

/** A client for S3 and for what speaks like it. The caller destroys it. */
export function openS3Client(storage: S3Storage): S3Client {
  return new S3Client({
    region: storage.region,
    forcePathStyle: storage.forcePathStyle,
    ...(storage.endpoint === null ? {} : { endpoint: storage.endpoint }),
    ...(storage.keys === null
      ? {}
      : {
          credentials: {
            accessKeyId: storage.keys.accessKeyId.reveal(),
            secretAccessKey: storage.keys.secretAccessKey.reveal(),
          },
        }),
    maxAttempts,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: connectionTimeoutMs,
      socketTimeout: socketTimeoutMs,
    }),
    // The default sends checksums in a form that several other providers do not know; ours are sent as plain headers.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
}
