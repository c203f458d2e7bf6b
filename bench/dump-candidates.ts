import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "../scripts/bundle.ts";
import { dumperEnv } from "../scripts/image-list.ts";
import { agePrograms } from "../test/bed/age.ts";
import type { S3Server } from "../test/bed/s3.ts";
import { bucketEnv } from "./bucket.ts";
import type { DumpEngine } from "./dump-engine.ts";

/**
 * `tool` is the engine's dump tool on its own; `original` is what the original ksnapshot does: `tool | gzip` into a file,
 * `age` into a second one, an upload of that.
 */
export const candidates = ["tool", "tool | igzip", "directory", "s3", "s3, encrypted", "original", "restic"] as const;
export type Candidate = (typeof candidates)[number];

export interface Timed {
  /** Done first in each round, and not measured. */
  readonly before?: readonly string[];
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** @param work a folder for files, which are removed after each command */
export async function candidatesOf(
  { tool, toolEnv, source }: DumpEngine,
  s3: S3Server,
  work: string,
): Promise<Record<Candidate, Timed>> {
  // What the images hold: one file, which starts in less memory than the sources.
  const bundles = await bundle(join(work, "build"));
  const dumper = [process.execPath, bundles.dumper];
  const upload = fileURLToPath(new URL("upload.ts", import.meta.url));
  const recipient = await identityToRecipient(await generateX25519Identity());
  const { age } = await agePrograms();
  const file = join(work, "file.gz");
  const bucket = bucketEnv(s3);
  const shell = (line: string, ...args: readonly string[]) => ["bash", "-o", "pipefail", "-c", line, "bash", ...args];
  return {
    tool: { command: shell(`${tool} >/dev/null`), env: toolEnv },
    "tool | igzip": { command: shell(`${tool} | igzip -3 >/dev/null`), env: toolEnv },
    directory: {
      command: dumper,
      env: { ...dumperEnv, ...source, BACKEND_TYPE: "directory", BACKEND_PATH: join(work, "store") },
    },
    s3: { command: dumper, env: { ...dumperEnv, ...source, ...bucket } },
    "s3, encrypted": {
      command: dumper,
      env: { ...dumperEnv, ...source, ...bucket, ENCRYPTION_ENABLED: "true", ENCRYPTION_RECIPIENT: recipient },
    },
    original: {
      command: shell(
        `${tool} | gzip >"$1" && "$2" -r "$3" -o "$1.age" "$1" && "$4" "$5" "$1.age"`,
        ...[file, age, recipient, process.execPath, upload],
      ),
      env: { ...toolEnv, ...bucket },
    },
    restic: {
      // A repository of its own for each round: what is stored already would not be stored again.
      before: shell(
        'rm -rf "$1" && mkdir "$1" && date +%s%N >"$1/id" && RESTIC_REPOSITORY="$2/$(cat "$1/id")" restic init -q',
        join(work, "restic"),
        repository(s3),
      ),
      command: shell(
        `${tool} | RESTIC_REPOSITORY="$2/$(cat "$1/id")" restic backup -q --no-cache --stdin --stdin-filename shop.sql`,
        ...[join(work, "restic"), repository(s3)],
      ),
      env: {
        ...toolEnv,
        RESTIC_PASSWORD: "bench",
        AWS_ACCESS_KEY_ID: s3.accessKey,
        AWS_SECRET_ACCESS_KEY: s3.secretKey,
      },
    },
  };
}

function repository(s3: S3Server): string {
  return `s3:${s3.endpoint}/bench/restic`;
}
