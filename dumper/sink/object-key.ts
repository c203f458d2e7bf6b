import type { Brand } from "../../contract/brand.ts";
import { type Compression, compressionExtension } from "../../contract/compression.ts";
import { dumpExtension, type EngineKind, familyOf } from "../../contract/engine.ts";

/** The name of an object, relative to the bucket or directory; no slash at either end. */
export type ObjectKey = Brand<string, "ObjectKey">;

/** What the keys of one run have in common. */
export interface KeyParts {
  /** Empty, or a path with a slash at its end. */
  readonly prefix: string;
  readonly engine: EngineKind;
  readonly pod: string;
  readonly startedAt: Date;
}

/** `<prefix>2026/01/31/postgresql/dump-<pod>-<name>-20260131030000.sql.gz.age`: the original's layout, in UTC. */
export function objectKey(
  run: KeyParts,
  name: string,
  stored: { readonly compression: Compression; readonly encrypted: boolean },
): ObjectKey {
  const { folder, pod, stamp } = segments(run);
  // Search engines keep several kinds of data of one cluster: there the name is a part's, and comes last.
  const stem = familyOf(run.engine) === "search" ? `${stamp}-${encoded(name)}` : `${encoded(name)}-${stamp}`;
  const extension = `.${dumpExtension(run.engine)}${compressionExtension(stored.compression)}`;
  return `${folder}/dump-${pod}-${stem}${extension}${stored.encrypted ? ".age" : ""}` as ObjectKey;
}

/** `<prefix>2026/01/31/postgresql/dump-<pod>-20260131030000.manifest.json` */
export function manifestKey(run: KeyParts): ObjectKey {
  const { folder, pod, stamp } = segments(run);
  return `${folder}/dump-${pod}-${stamp}${manifestExtension}` as ObjectKey;
}

const manifestExtension = ".manifest.json";

export function isManifestKey(key: string): boolean {
  return /(^|\/)dump-[^/]*\.manifest\.json$/.test(key);
}

/** Whether the key is one that {@link objectKey} makes. */
export function isDumpKey(key: string): boolean {
  return /(^|\/)dump-[^/]*\.(sql|jsonl)(\.gz|\.zst)?(\.age)?$/.test(key);
}

/** The folder of a key, with a slash at its end, or empty. */
export function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf("/") + 1);
}

/**
 * The pod whose run the object, upload or manifest of that key belongs to, when it is a run of that CronJob; else null.
 * Kubernetes names the pod `<cronjob>-<minutes since 1970>-<5 characters>`: one pod is one run.
 */
export function podOf(key: string, prefix: string, cronJob: string): string | null {
  if (!key.startsWith(prefix)) return null;
  const [, rest] = /^\d{4}\/\d\d\/\d\d\/[a-z]+\/dump-(.+)$/.exec(key.slice(prefix.length)) ?? [];
  if (rest?.startsWith(`${cronJob}-`) !== true) return null;
  const [, suffix] = /^(\d+-[a-z0-9]{5})-/.exec(rest.slice(cronJob.length + 1)) ?? [];
  return suffix === undefined ? null : `${cronJob}-${suffix}`;
}

/** What the keys of all objects begin with that are of the month of a time, and of the month before it. */
export function monthFolders(prefix: string, time: Date): readonly string[] {
  const [year, month] = [time.getUTCFullYear(), time.getUTCMonth()];
  return [new Date(Date.UTC(year, month)), new Date(Date.UTC(year, month - 1))].map(
    (first) => `${prefix}${first.toISOString().slice(0, 7).replace("-", "/")}/`,
  );
}

/** A key as a person gives it. Null when it cannot be one: a path that leaves the storage, an empty segment. */
export function parseObjectKey(text: string): ObjectKey | null {
  const isKey = text !== "" && text.split("/").every((segment) => !["", ".", ".."].includes(segment));
  return isKey && !text.includes("\0") ? (text as ObjectKey) : null;
}

function segments({ prefix, engine, pod, startedAt }: KeyParts) {
  const [date = "", time = ""] = startedAt.toISOString().split("T");
  const stamp = `${date}${time.slice(0, 8)}`.replace(/\D/g, "");
  return { folder: `${prefix}${date.replaceAll("-", "/")}/${engine}`, pod: encoded(pod), stamp };
}

/** Percent-encoded outside `[A-Za-z0-9._-]`: no name leaves its folder, whatever it is. */
function encoded(name: string): string {
  return Array.from(Buffer.from(name))
    .map((byte) => String.fromCharCode(byte))
    .map((char) =>
      /[A-Za-z0-9._-]/.test(char) ? char : `%${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(2, "0")}`,
    )
    .join("");
}
