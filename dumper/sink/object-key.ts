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

/** What became of a dump on its way. */
export interface StoredForm {
  readonly compression: Compression;
  readonly encrypted: boolean;
}

/** `<prefix>2026/01/31/postgresql/dump-<pod>-<name>-20260131030000.sql.gz.age`: the original's layout, in UTC. */
export function objectKey(run: KeyParts, name: string, stored: StoredForm): ObjectKey {
  const { folder, pod, stamp } = segments(run);
  // Search engines keep several kinds of data of one cluster: there the name is a part's, and comes last.
  const stem = familyOf(run.engine) === "search" ? `${stamp}-${encoded(name)}` : `${encoded(name)}-${stamp}`;
  return `${folder}/dump-${pod}-${stem}${dumpKeyExtension(run.engine, stored)}` as ObjectKey;
}

/** `.sql.gz.age`: how the key of an object ends. */
export function dumpKeyExtension(engine: EngineKind, { compression, encrypted }: StoredForm): string {
  return `.${dumpExtension(engine)}${compressionExtension(compression)}${encrypted ? ".age" : ""}`;
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

/** Whether the object or upload of that key is one that {@link objectKey} makes for that run. */
export function isOfRun(key: string, run: KeyParts): boolean {
  const start = dumpsPrefix(run);
  if (!key.startsWith(start) || !isDumpKey(key)) return false;
  const { stamp } = segments(run);
  const rest = key.slice(start.length);
  return familyOf(run.engine) === "search"
    ? rest.startsWith(`${stamp}-`)
    : /-(\d{14})\.sql(\.gz|\.zst)?(\.age)?$/.exec(rest)?.[1] === stamp;
}

/** What the keys of all objects of a run begin with. Others may begin so too. */
export function dumpsPrefix(run: KeyParts): string {
  const { folder, pod } = segments(run);
  return `${folder}/dump-${pod}-`;
}

/** `<prefix>runs/<cronjob>/<pod>-20260131030000.json`: where a run says that it has begun. */
export function runRecordKey(run: KeyParts, cronJob: string): ObjectKey {
  const { pod, stamp } = segments(run);
  return `${runRecordsPrefix(run.prefix, cronJob)}${pod}-${stamp}.json` as ObjectKey;
}

/** What the keys of all such records of a CronJob begin with. */
export function runRecordsPrefix(prefix: string, cronJob: string): string {
  return `${prefix}runs/${encoded(cronJob)}/`;
}

/** A key as a person or a manifest gives it. Null when it cannot be one: a path that leaves the storage, an empty segment. */
export function parseObjectKey(text: string): ObjectKey | null {
  const isKey = text !== "" && text.split("/").every((segment) => !["", ".", ".."].includes(segment));
  return isKey && !text.includes("\0") ? (text as ObjectKey) : null;
}

/** A sentence when the text has more bytes than a storage takes; else null. */
export function longerThan(mostBytes: number, text: string, what: string): string | null {
  const bytes = Buffer.byteLength(text);
  return bytes <= mostBytes ? null : `${what} may have ${mostBytes} bytes, and ${text} has ${bytes}`;
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
