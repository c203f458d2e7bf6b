import { S3ServiceException } from "@aws-sdk/client-s3";
import { messageOf, RunFailed } from "../failure.ts";

const correctKeys = "correct the access key and the secret key in the Secret";
const trustAuthority =
  "put the authority that signed the endpoint's certificate into a PEM file and name it by BACKEND_S3_CA_FILE";
const checkEndpoint = "check that the endpoint is right and serves";

/** By the error's name as S3, the SDK or Node gives it. */
const remedies: Readonly<Record<string, string>> = {
  AccessDenied: "grant it in the policy of the bucket or of the identity; docs/storage.md lists what is needed",
  InvalidAccessKeyId: correctKeys,
  SignatureDoesNotMatch: correctKeys,
  ExpiredToken: "renew the credentials: the session they belong to has ended before the upload",
  TokenRefreshRequired: "renew the credentials: the session they belong to has ended before the upload",
  InvalidToken: "renew the credentials",
  RequestTimeTooSkewed: "set the clock of this node, or of the storage: they are more than 15 minutes apart",
  NoSuchBucket: "create the bucket or correct its name",
  InvalidBucketName: "correct the bucket's name",
  NoSuchKey: "check the key; ksnapshot list shows them",
  NoSuchUpload: "something else ended the upload: look for a lifecycle rule that aborts uploads too early",
  PermanentRedirect: "correct the region or the endpoint",
  AuthorizationHeaderMalformed: "correct the region",
  PreconditionFailed: "there is an object of that name already, and it is never overwritten; try again in a second",
  SlowDown: "the storage throttles: let fewer snapshots start at the same time, for which H in their schedules serves",
  ServiceUnavailable: "the storage is overloaded or down: look at its state, and let fewer snapshots start at once",
  QuotaExceeded: "make room in the bucket, or raise its quota",
  XMinioStorageFull: "make room on the storage",
  XMinioAdminBucketQuotaExceeded: "make room in the bucket, or raise its quota",
  CredentialsProviderError: "give access keys, or give the pod's service account an identity",
  ECONNREFUSED: checkEndpoint,
  ECONNRESET: `${checkEndpoint}, that it speaks http or https as its URL says, and the network between this pod and it`,
  EPROTO: "check whether the endpoint speaks http or https",
  ENOTFOUND: "correct the endpoint's host name",
  TimeoutError: "check the network between this pod and the endpoint",
  DEPTH_ZERO_SELF_SIGNED_CERT: trustAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: trustAuthority,
  UNABLE_TO_GET_ISSUER_CERT: trustAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: trustAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: trustAuthority,
  CERT_HAS_EXPIRED: "renew the endpoint's certificate",
  ERR_TLS_CERT_ALTNAME_INVALID: "use the host name for which the endpoint's certificate was issued",
};

/** Runs one request. @throws {RunFailed} that says what was to be done to which bucket */
export async function failing<T>(bucket: string, deed: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (error instanceof RunFailed || isAbort(error)) throw error;
    const name = nameOf(error);
    const status = statusOf(error);
    const what = [name, status === undefined ? "" : `(HTTP ${status})`, messageOf(error)]
      .filter((text) => text !== "")
      .join(" ");
    const remedy =
      remedies[name] ??
      (status === 403 ? remedies["AccessDenied"] : undefined) ??
      (status === 503 ? remedies["ServiceUnavailable"] : undefined) ??
      "try again, and look at the storage's own log";
    throw new RunFailed("storage", `the bucket ${bucket} refused to ${deed}: ${what}`, { remedy, cause: error });
  }
}

/** The request was given up on our own signal, which tells why. */
export function isAbort(error: unknown): boolean {
  return nameOf(error) === "AbortError";
}

/** The error's name as S3, the SDK or Node gives it; of a RunFailed, that of its cause. */
export function nameOf(error: unknown): string {
  if (error instanceof RunFailed) return nameOf(error.cause);
  if (typeof error !== "object" || error === null) return "";
  if ("code" in error && typeof error.code === "string") return error.code;
  return "name" in error && typeof error.name === "string" ? error.name : "";
}

/** The HTTP status that the storage answered with; undefined when there was no answer. */
export function statusOf(error: unknown): number | undefined {
  if (error instanceof RunFailed) return statusOf(error.cause);
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}

const lostAnswers = ["AbortError", "TimeoutError", "ECONNRESET", "EPIPE", "ETIMEDOUT"];

/** Whether the request may have been carried out although it failed here. */
export function mayHaveHappened(error: unknown): boolean {
  return (statusOf(error) ?? 0) >= 500 || lostAnswers.includes(nameOf(error));
}
