import type { ObjectRef } from "../../contract/plan.ts";
import type { BrokenSnapshot, Snapshot } from "../../dumper/restore/snapshots.ts";
import { type KeyParts, manifestKey, objectKey } from "../../dumper/sink/object-key.ts";
import { manifestOf, type SnapshotManifest } from "../../dumper/sink/snapshot-manifest.ts";

/** `Deployment shop/db` */
export const shopDb: ObjectRef = { kind: "Deployment", namespace: "shop", name: "db" };

/** A snapshot as a listing gives it, of that time (`2026-01-31T03:00:00Z`). */
export function snapshotAt(time: string, overrides: Partial<SnapshotManifest> = {}): Snapshot {
  const startedAt = new Date(time);
  const { pod = "pod", engine = "postgresql" } = overrides;
  const keys: KeyParts = { prefix: "", engine, pod, startedAt };
  const stored = { compression: "gzip", encrypted: false } as const;
  const manifest = manifestOf({
    engine,
    serverVersion: "16.4",
    toolVersion: "18.0",
    objects: ["shop"].map((name) => ({
      ...{ key: objectKey(keys, name, stored), name, bytes: 1000, sha256: "0".repeat(64), dumpBytes: 5000 },
      ...stored,
    })),
    recipients: [],
    startedAt: startedAt.toISOString(),
    finishedAt: new Date(startedAt.getTime() + 2000).toISOString(),
    seconds: 2,
    runId: "run",
    cluster: null,
    ownerUid: null,
    cronJob: null,
    owner: shopDb,
    pod,
    skipped: [],
    notes: [],
    ...overrides,
  });
  return { key: manifestKey(keys), manifest };
}

/** The same, found to be broken. */
export function brokenAt(time: string, overrides: Partial<SnapshotManifest> = {}): BrokenSnapshot {
  return { ...snapshotAt(time, overrides), problem: "an object is missing" };
}
