import * as z from "zod";
import { compressions } from "../../contract/compression.ts";
import { type EngineKind, engineKinds } from "../../contract/engine.ts";
import { dumpKeyExtension, folderOf, isDumpKey, type ObjectKey, parseObjectKey } from "./object-key.ts";

/** Of some ten thousand databases. A larger one is neither written nor read: whoever can write to a storage decides what it holds. */
export const mostManifestBytes = 8 * 2 ** 20;
/** So many of the things that are wrong with a manifest are told. */
const problemsTold = 3;

/** Raised when a field that readers need changes its meaning. Fields are only ever added otherwise. */
const schemaVersion = 1;

const DatabaseFacts = z.object({
  /** As PostgreSQL calls it: `UTF8`. */
  encoding: z.string(),
  collate: z.string(),
  ctype: z.string(),
  provider: z.enum(["libc", "icu", "builtin"]),
  /** Of the provider; null with libc, which goes by the two above. */
  locale: z.string().nullable(),
  /** Tables, their TOAST tables, indexes, sequences, views, functions, large objects: a restore in one transaction locks each. */
  objects: z.int().nonnegative(),
  /** As which locale's its values of type money are written; null when there are none. */
  lcMonetary: z.string().nullable(),
});
/** What a restore compares its target with. */
export type DatabaseFacts = z.infer<typeof DatabaseFacts>;

const StoredDump = z.object({
  /** Relative to the bucket or directory. */
  key: z.string().transform((text, context) => {
    const key = parseObjectKey(text);
    if (key === null) context.addIssue(`${JSON.stringify(text)} is no key: it leaves the storage`);
    return key ?? z.NEVER;
  }),
  /** The database, or the kind of data of a search engine. */
  name: z.string(),
  /** Of the stored object. */
  bytes: z.int().nonnegative(),
  /** Of the stored object, in hexadecimal. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Before compression. */
  dumpBytes: z.int().nonnegative(),
  compression: z.enum(compressions),
  encrypted: z.boolean(),
  /** Of one database of PostgreSQL. Missing for everything else, and in manifests of versions before 1.1. */
  database: DatabaseFacts.optional(),
});
/** One object of a snapshot. */
export type StoredDump = z.infer<typeof StoredDump>;

const ObjectRef = z.object({ kind: z.string(), namespace: z.string(), name: z.string() });

/** What says that a snapshot is there: it is written last, and objects that no manifest names are incomplete. */
export const SnapshotManifest = z.object({
  schemaVersion: z.literal(schemaVersion, {
    error: `only schema version ${schemaVersion} is known here; use a newer ksnapshot`,
  }),
  engine: z.enum(engineKinds),
  serverVersion: z.string().nullable(),
  toolVersion: z.string().nullable(),
  objects: z.array(StoredDump).min(1),
  /** Age public keys; any one of their identities decrypts. Empty: not encrypted. */
  recipients: z.array(z.string()),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  seconds: z.number().nonnegative(),
  /** Also in the metadata of objects in a bucket. */
  runId: z.string(),
  /** The installation that made it. Null: nobody has said, as in manifests from before there was the field. */
  cluster: z.string().nullable().default(null),
  /** Null outside a cluster. */
  cronJob: z.string().nullable(),
  owner: ObjectRef.nullable(),
  /** Tells the owner from a namesake that came after it. Null where it is not known. */
  ownerUid: z.string().nullable().default(null),
  pod: z.string(),
  /** What was left out, each with the reason. Empty: nothing. */
  skipped: z.array(z.string()),
  /** What one who restores it should know. */
  notes: z.array(z.string()).default([]),
});
export type SnapshotManifest = z.infer<typeof SnapshotManifest>;

export function manifestOf(facts: Omit<SnapshotManifest, "schemaVersion">): SnapshotManifest {
  return { schemaVersion, ...facts };
}

/** @throws {Error} when it is larger than {@link mostManifestBytes} */
export function encodeManifest(manifest: SnapshotManifest): Buffer {
  const bytes = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
  if (bytes.length > mostManifestBytes) throw new Error(`the snapshot manifest has ${bytes.length} bytes`);
  return bytes;
}

/**
 * Reads a manifest, which anybody who can write to the storage may have made.
 * @param key its own: its objects lie in the same folder, and nowhere else
 * @throws {Error} with what is wrong with it, in one line
 */
export function decodeManifest(bytes: Buffer, key: string): SnapshotManifest {
  const result = SnapshotManifest.safeParse(JSON.parse(bytes.toString("utf8")));
  const problems = result.success
    ? keyProblems(result.data, folderOf(key))
    : result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  if (result.success && problems.length === 0) return result.data;
  const more = problems.length > problemsTold ? ` and ${problems.length - problemsTold} more` : "";
  throw new Error(`not a snapshot manifest: ${problems.slice(0, problemsTold).join(", ")}${more}`);
}

/** The keys of a snapshot's objects are in its folder, say what the manifest says, and are each another one. */
function keyProblems({ engine, objects }: SnapshotManifest, folder: string): readonly string[] {
  const seen = new Set<ObjectKey>();
  return objects.flatMap((object, index) => {
    const isNew = !seen.has(object.key) && seen.add(object.key);
    const problem = isNew ? keyProblem(object, engine, folder) : "is the key of another object, too";
    return problem === null ? [] : [`objects.${index}.key: ${JSON.stringify(object.key)} ${problem}`];
  });
}

function keyProblem(object: StoredDump, engine: EngineKind, folder: string): string | null {
  if (folderOf(object.key) !== folder) return "is not in the manifest's own folder";
  const extension = dumpKeyExtension(engine, object);
  const fits = isDumpKey(object.key) && object.key.endsWith(extension);
  return fits ? null : `is not the key of a dump of ${engine} that ends with ${extension}`;
}
