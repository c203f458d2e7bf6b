import { S3Client } from "@aws-sdk/client-s3";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { getCACertificates } from "node:tls";
import type { S3Storage } from "../../contract/storage.ts";
import { readAuthorities } from "../authorities.ts";
import { defaultPauses, maxAttempts, type Pauses, retriesWith } from "./retries.ts";

const nameAuthorities = "let BACKEND_S3_CA_FILE name a mounted file of certificates in PEM";
const connectionTimeoutMs = 10_000;

/** How long a storage is waited for. */
export interface Patience {
  /** A connection on which nothing has moved for so long is given up, and the request tried again. */
  readonly socketTimeoutMs: number;
  readonly pauses: Pauses;
}

const defaultPatience: Patience = { socketTimeoutMs: 60_000, pauses: defaultPauses };

/**
 * A client for S3 and for what speaks like it. The caller destroys it.
 * @throws {RunFailed} of code `invalid` when the authorities to trust cannot be read
 */
export function openS3Client(storage: S3Storage, patience = defaultPatience): S3Client {
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
    retryStrategy: retriesWith(patience.pauses),
    requestHandler: new NodeHttpHandler({
      connectionTimeout: connectionTimeoutMs,
      socketTimeout: patience.socketTimeoutMs,
      // Beside the system's, as the identity of a pod is asked for at other places than the endpoint.
      ...(storage.caFile === null
        ? {}
        : { httpsAgent: { ca: [...getCACertificates("default"), readAuthorities(storage.caFile, nameAuthorities)] } }),
    }),
    // The default sends checksums in a form that several other providers do not know; ours are sent as plain headers.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
}
