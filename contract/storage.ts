import { type FieldReader, integer, nonEmpty, oneOf, refused, secret } from "./field-reader.ts";
import type { Reading } from "./diagnostic.ts";
import { mostParts } from "./part-ladder.ts";
import { Secret } from "./secret.ts";

/** Where objects are kept. Keys are relative to the bucket, or to the directory. */
export type Storage = S3Storage | DirectoryStorage;

export interface S3Storage {
  readonly kind: "s3";
  readonly bucket: string;
  /** Begins every key. No slash at either end; may be empty. */
  readonly prefix: string;
  readonly region: string;
  /** Null: AWS's own for the region. */
  readonly endpoint: string | null;
  readonly forcePathStyle: boolean;
  /** Null: the identity of the process (IRSA, workload identity, a profile). */
  readonly keys: { readonly accessKeyId: Secret; readonly secretAccessKey: Secret } | null;
  /** Path of a PEM file with authorities to trust beside the system's. Null: only the system's. */
  readonly caFile: string | null;
  /** How many parts an upload may have: 10,000, or fewer where a provider stops earlier. */
  readonly maxParts: number;
}

export interface DirectoryStorage {
  readonly kind: "directory";
  /** Absolute or relative to the working directory. */
  readonly path: string;
}

export type StorageVariable =
  | "BACKEND_TYPE"
  | "BACKEND_PATH"
  | "BACKEND_BUCKET"
  | "BACKEND_S3_REGION"
  | "BACKEND_S3_ENDPOINT"
  | "BACKEND_S3_FORCE_PATH_STYLE"
  | "BACKEND_S3_ACCESS_KEY"
  | "BACKEND_S3_SECRET_KEY"
  | "BACKEND_S3_CA_FILE"
  | "BACKEND_S3_MAX_PARTS";

const storageKinds = ["s3", "directory"] as const;
const defaultPrefix = "ksnapshot";
const defaultRegion = "us-east-1";
/** No provider is known to stop earlier than at 1,000; below this the parts would grow from the first ones on. */
const fewestParts = 100;

/** Reads the `BACKEND_*` variables. Null when a problem was reported to the reader. */
export function parseStorage(reader: FieldReader<StorageVariable>): Storage | null {
  const kind = reader.required("BACKEND_TYPE", oneOf(storageKinds), storageKinds.join(" or "));
  if (kind === null) return null;
  if (kind === "directory") {
    const path = reader.required("BACKEND_PATH", nonEmpty, "the directory that keeps the snapshots");
    return path === null ? null : { kind, path };
  }
  const bucket = reader.required("BACKEND_BUCKET", nonEmpty, "the name of the bucket");
  const endpoint = reader.optional("BACKEND_S3_ENDPOINT", httpUrl);
  const storage = {
    kind,
    prefix: reader.optional("BACKEND_PATH", keyPrefix) ?? defaultPrefix,
    region: reader.optional("BACKEND_S3_REGION", nonEmpty) ?? defaultRegion,
    endpoint,
    forcePathStyle: reader.boolean("BACKEND_S3_FORCE_PATH_STYLE") ?? endpoint !== null,
    keys: keysOf(reader),
    caFile: reader.optional("BACKEND_S3_CA_FILE", nonEmpty),
    maxParts: reader.optional("BACKEND_S3_MAX_PARTS", integer(fewestParts, mostParts)) ?? mostParts,
  };
  return bucket === null ? null : { ...storage, bucket };
}

/** Both keys or neither: one alone would silently fall back to another identity. */
function keysOf(reader: FieldReader<StorageVariable>): S3Storage["keys"] {
  if (!reader.has("BACKEND_S3_ACCESS_KEY") && !reader.has("BACKEND_S3_SECRET_KEY")) return null;
  const accessKeyId = reader.required("BACKEND_S3_ACCESS_KEY", s3Key);
  const secretAccessKey = reader.required("BACKEND_S3_SECRET_KEY", s3Key);
  return { accessKeyId: accessKeyId ?? new Secret(""), secretAccessKey: secretAccessKey ?? new Secret("") };
}

/** Told here and not by the client, which speaks of a character in a header, or by the server, of a wrong signature. */
function s3Key(text: string): Reading<Secret> {
  if (/[\r\n]/.test(text)) {
    const advice = "kubectl create secret --from-literal adds none; echo does, and printf %s does not";
    return { problem: `It has a line break${/[\r\n]$/.test(text) ? " at its end" : ""}, which no key has: ${advice}.` };
  }
  if (/[\p{Cc}]/u.test(text)) return { problem: "It has a control character, which no key has." };
  return text.trim() === text ? secret(text) : { problem: "It begins or ends with a space, which no key does." };
}

/** An http or https URL without credentials. */
export function httpUrl(text: string): Reading<string> {
  const url = URL.parse(text);
  const fits = url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
  return fits
    ? { value: text }
    : refused(text.replace(/\/\/.*@/, "//…@"), "an http or https URL without a user or password");
}

/** Slashes around it are taken away; slashes alone are the whole bucket. Keys with other segments would leave it, or be no keys of ours. */
function keyPrefix(text: string): Reading<string> {
  const prefix = text.replace(/^\/+|\/+$/g, "");
  const fits = prefix === "" || prefix.split("/").every((segment) => !["", ".", ".."].includes(segment));
  return fits ? { value: prefix } : refused(text, "a path such as team/snapshots, without empty segments, . and ..");
}
