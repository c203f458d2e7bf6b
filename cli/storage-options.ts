import type { Argv } from "yargs";
import { environmentReader, type Environment } from "../contract/dump-request.ts";
import { parsed, sentence } from "../contract/diagnostic.ts";
import { parseStorage, type Storage, type StorageVariable } from "../contract/storage.ts";
import { UsageError } from "./command.ts";

/** Which storage is meant, when it is not the environment's. */
export interface StorageArgs {
  storage: string | undefined;
  endpoint: string | undefined;
  region: string | undefined;
}

/** Adds `--storage`, `--endpoint` and `--region`. */
export function storageOptions(yargs: Argv): Argv<StorageArgs> {
  return yargs
    .option("storage", {
      type: "string",
      describe: "s3://<bucket>[/<prefix>] or a directory. Default: as BACKEND_TYPE, BACKEND_BUCKET… say",
    })
    .option("endpoint", { type: "string", describe: "URL of the S3 server. Default: BACKEND_S3_ENDPOINT, else AWS" })
    .option("region", { type: "string", describe: "Default: BACKEND_S3_REGION or AWS_REGION, else us-east-1" });
}

/** The environment with what the options say put over it. @throws {UsageError} when `--storage` is neither a bucket nor a directory */
export function storageEnv(args: StorageArgs, env: Environment): Environment {
  return {
    ...env,
    BACKEND_S3_ENDPOINT: args.endpoint ?? env["BACKEND_S3_ENDPOINT"] ?? env["AWS_ENDPOINT_URL_S3"],
    BACKEND_S3_REGION: args.region ?? env["BACKEND_S3_REGION"] ?? env["AWS_REGION"],
    ...(args.storage === undefined ? {} : placeOf(args.storage)),
  };
}

/**
 * Where to read from.
 * @throws {UsageError} with everything that is wrong
 */
export function parseStorageArgs(args: StorageArgs, env: Environment): Storage {
  const reader = environmentReader<StorageVariable>(storageEnv(args, env), "ksnapshot");
  if (!reader.has("BACKEND_TYPE")) {
    throw new UsageError(
      "no storage is given: add --storage s3://<bucket> or --storage <directory>, or set BACKEND_TYPE",
    );
  }
  const storage = parseStorage(reader);
  const result = parsed(reader.diagnostics, () => storage);
  if (!result.ok) throw new UsageError(result.diagnostics.map(sentence).join("\n"));
  if (storage === null) throw new Error("the storage is missing without a diagnostic");
  return storage.kind === "s3" && args.storage !== undefined
    ? { ...storage, prefix: s3Url(args.storage)?.prefix ?? "" }
    : storage;
}

/** A URL of another kind, or one of a bucket with a mistake: a directory of that name would be made without a word. */
const urlLike = /^(s3:|[a-z][a-z0-9+.-]*:\/)/i;

function placeOf(storage: string): Environment {
  const url = s3Url(storage);
  if (url === null && urlLike.test(storage)) {
    throw new UsageError(
      `--storage: ${JSON.stringify(storage)} is neither s3://<bucket>[/<prefix>] nor a directory; for a directory of that name, say ./${storage}`,
    );
  }
  return url === null
    ? { BACKEND_TYPE: "directory", BACKEND_PATH: storage }
    : { BACKEND_TYPE: "s3", BACKEND_BUCKET: url.bucket, BACKEND_PATH: url.prefix };
}

function s3Url(text: string): { readonly bucket: string; readonly prefix: string } | null {
  const match = /^s3:\/\/([^/]+)\/?(.*?)\/*$/.exec(text);
  return match === null ? null : { bucket: match[1] ?? "", prefix: match[2] ?? "" };
}
