import * as z from "zod";
import { compressions } from "../../contract/compression.ts";
import { engineKinds } from "../../contract/engine.ts";
import type { ObjectKey } from "./object-key.ts";

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
  key: z.string().transform((key) => key as ObjectKey),
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
  seconds: z.number(),
  /** Also in the metadata of objects in a bucket. */
  runId: z.string(),
  /** The installation that made it. Null: nobody has said, as in manifests from before there was the field. */
  cluster: z.string().nullable().default(null),
  /** Null outside a cluster. */
  cronJob: z.string().nullable(),
  owner: ObjectRef.nullable(),
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

export function encodeManifest(manifest: SnapshotManifest): Buffer {
  return Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
}

/** @throws {Error} with what is wrong with it, in one line */
export function decodeManifest(bytes: Buffer): SnapshotManifest {
  const result = SnapshotManifest.safeParse(JSON.parse(bytes.toString("utf8")));
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new Error(`not a snapshot manifest: ${problems.join(", ")}`);
}
