import { S3ServiceException } from "@aws-sdk/client-s3";
import { messageOf, RunFailed } from "../failure.ts";

/** By the error's name as S3, the SDK or Node gives it. */
const remedies: Readonly<Record<string, string>> = {
  AccessDenied: "grant it in the policy of the bucket or of the identity; docs/storage.md lists what is needed",
  InvalidAccessKeyId: "correct the access key in the Secret",
  SignatureDoesNotMatch: "correct the secret key in the Secret",
  NoSuchBucket: "create the bucket or correct its name",
  NoSuchKey: "check the key; ksnapshot list shows them",
  PermanentRedirect: "correct the region or the endpoint",
  CredentialsProviderError: "give access keys, or give the pod's service account an identity",
  ECONNREFUSED: "check that the endpoint is right and serves",
  ENOTFOUND: "correct the endpoint's host name",
  TimeoutError: "check the network between this pod and the endpoint",
};

/** Runs one request. @throws {RunFailed} that says what was to be done to which bucket */
export async function failing<T>(bucket: string, deed: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (error instanceof RunFailed || isAbort(error)) throw error;
    const name = nameOf(error);
    const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
    const what = [name, status === undefined ? "" : `(HTTP ${status})`, messageOf(error)]
      .filter((text) => text !== "")
      .join(" ");
    const remedy =
      remedies[name] ??
      (status === 403 ? remedies["AccessDenied"] : undefined) ??
      "try again, and look at the storage's own log";
    throw new RunFailed("storage", `the bucket ${bucket} refused to ${deed}: ${what}`, { remedy, cause: error });
  }
}

/** The request was given up on our own signal, which tells why. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

export function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  if (error.cause !== undefined && error instanceof RunFailed) return nameOf(error.cause);
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
