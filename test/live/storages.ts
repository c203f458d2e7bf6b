import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  ListObjectsV2Command,
  PutObjectLockConfigurationCommand,
} from "@aws-sdk/client-s3";
import { randomBytes, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Environment } from "../../contract/dump-request.ts";
import { mostParts } from "../../contract/part-ladder.ts";
import { Secret } from "../../contract/secret.ts";
import type { Storage } from "../../contract/storage.ts";
import type { ObjectMark } from "../../dumper/sink/object-storage.ts";
import { openS3Client } from "../../dumper/sink/s3-client.ts";
import { run } from "../bed/command.ts";
import type { S3Server } from "../bed/s3.ts";

/** Checks a storage as `ksnapshot dump --check` does, in a process of its own. The code is `well` or that of the failure. */
export async function checkStorage(env: Environment): Promise<{ readonly code: string; readonly message: string }> {
  const set = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  const output = await run(process.execPath, [fileURLToPath(new URL("storage-check.ts", import.meta.url))], {
    env: Object.fromEntries(set),
  });
  return JSON.parse(output) as { readonly code: string; readonly message: string };
}

/** Of a run of its own, outside of any cluster. */
export function newMark(): ObjectMark {
  return { runId: randomUUID(), cluster: null, cronJob: null, ownerUid: null };
}

/** A fresh storage, and what only its owner sees of it. */
export interface TestStorage {
  readonly storage: Storage;
  readonly env: Environment;
  /** Keys of all objects, sorted. */
  readonly objects: () => Promise<readonly string[]>;
  /** What began and was neither completed nor taken back, sorted: uploads, or partial files. */
  readonly unfinished: () => Promise<readonly string[]>;
  /** Begins something under that key, for {@link unfinished} to find. Returns what takes it away. */
  readonly plant: (key: string) => Promise<() => Promise<void>>;
}

/** @param root an empty folder; default a fresh one below the temporary folder */
export async function directoryStorage(root?: string): Promise<TestStorage> {
  const path = root ?? join(await mkdtemp(join(tmpdir(), "ksnapshot-store-")), "store");
  const files = async () => {
    const entries = existsSync(path) ? await readdir(path, { recursive: true, withFileTypes: true }) : [];
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
      .sort();
  };
  const isPartial = (file: string) => file.endsWith(".partial");
  return {
    storage: { kind: "directory", path },
    env: { BACKEND_TYPE: "directory", BACKEND_PATH: path },
    objects: async () => (await files()).filter((file) => !isPartial(file)),
    unfinished: async () => (await files()).filter(isPartial),
    plant: async (key) => {
      const file = join(path, `${key}.partial`);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, "");
      return () => rm(file);
    },
  };
}

/**
 * A fresh bucket of a server.
 * @param endpoint where it is reached; default the server's own
 * @param caFile the authority of a server with TLS
 * @param isLocked whether every version is kept for a day, whoever deletes it
 */
export async function bucketStorage(
  server: S3Server,
  endpoint = server.endpoint,
  caFile: string | null = null,
  isLocked = false,
): Promise<TestStorage & { readonly versions: () => Promise<readonly string[]> }> {
  const bucket = `test-${randomBytes(4).toString("hex")}`;
  const keys = { accessKeyId: new Secret(server.accessKey), secretAccessKey: new Secret(server.secretKey) };
  const place = {
    ...({ kind: "s3", bucket, prefix: "ksnapshot", region: server.region, forcePathStyle: true, keys } as const),
    ...{ caFile, maxParts: mostParts },
  };
  const client = openS3Client({ ...place, endpoint: server.endpoint });
  await client.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: isLocked }));
  if (isLocked) {
    const Rule = { DefaultRetention: { Mode: "COMPLIANCE", Days: 1 } } as const;
    const ObjectLockConfiguration = { ObjectLockEnabled: "Enabled", Rule } as const;
    await client.send(new PutObjectLockConfigurationCommand({ Bucket: bucket, ObjectLockConfiguration }));
  }
  return {
    storage: { ...place, endpoint },
    env: {
      BACKEND_TYPE: "s3",
      BACKEND_BUCKET: bucket,
      BACKEND_S3_ENDPOINT: endpoint,
      BACKEND_S3_ACCESS_KEY: server.accessKey,
      BACKEND_S3_SECRET_KEY: server.secretKey,
      ...(caFile === null ? {} : { BACKEND_S3_CA_FILE: caFile }),
    },
    objects: async () => {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
      return Contents.map(({ Key = "" }) => Key).sort();
    },
    unfinished: async () => {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
      return Uploads.map(({ Key = "" }) => Key).sort();
    },
    versions: async () => {
      const listed = await client.send(new ListObjectVersionsCommand({ Bucket: bucket }));
      return [...(listed.Versions ?? []), ...(listed.DeleteMarkers ?? [])].map(({ Key = "" }) => Key).sort();
    },
    plant: async (Key) => {
      const target = { Bucket: bucket, Key };
      const { UploadId } = await client.send(new CreateMultipartUploadCommand(target));
      return async () => {
        await client.send(new AbortMultipartUploadCommand({ ...target, UploadId }));
      };
    },
  };
}
