import { messageOf, RunFailed } from "../failure.ts";
import { atMostBytes } from "../sink/bounded.ts";
import { someAtOnce } from "../sink/some-at-once.ts";
import { folderOf, isDumpKey, isManifestKey, type ObjectKey, parseObjectKey } from "../sink/object-key.ts";
import type { ObjectStorage, StoredObject } from "../sink/object-storage.ts";
import {
  decodeManifest,
  mostManifestBytes,
  type SnapshotManifest,
  type StoredDump,
} from "../sink/snapshot-manifest.ts";

export interface Snapshot {
  /** The manifest's. */
  readonly key: ObjectKey;
  readonly manifest: SnapshotManifest;
}

export interface Listing {
  /** Newest first. */
  readonly snapshots: readonly Snapshot[];
  /** Objects that no manifest names: runs that are under way, or that ended in the middle, and what another tool made. Never snapshots. */
  readonly unnamed: readonly StoredObject[];
  /** Manifests that cannot be read or that name an object that is not there, or that has another size. */
  readonly broken: readonly BrokenSnapshot[];
}

export interface BrokenSnapshot {
  /** The manifest's. */
  readonly key: ObjectKey;
  /** One line. */
  readonly problem: string;
  /** Null when it cannot be read. */
  readonly manifest: SnapshotManifest | null;
}

/** Every snapshot whose key begins so. @throws {RunFailed} when the storage cannot be listed */
export async function listSnapshots(storage: ObjectStorage, prefix: string, signal: AbortSignal): Promise<Listing> {
  const objects: StoredObject[] = [];
  for await (const object of storage.list(prefix, signal)) {
    if (parseObjectKey(object.key) !== null) objects.push(object);
  }
  const dumps = new Map(objects.filter(({ key }) => isDumpKey(key)).map((object) => [object.key, object]));
  const named = new Set<ObjectKey>();
  const snapshots: Snapshot[] = [];
  const broken: BrokenSnapshot[] = [];
  const manifests = objects.filter(({ key }) => isManifestKey(key)).map(({ key }) => key);
  await someAtOnce(manifests, async (key) => {
    try {
      const manifest = await readManifest(storage, key, signal);
      const problem = problemOf(manifest, dumps);
      if (problem === null) snapshots.push({ key, manifest });
      else broken.push({ key, problem, manifest });
      for (const object of manifest.objects) named.add(object.key);
    } catch (error) {
      signal.throwIfAborted();
      broken.push({ key, problem: messageOf(error), manifest: null });
    }
  });
  const unnamed = [...dumps.values()].filter(({ key }) => !named.has(key));
  return { snapshots: snapshots.sort(newestFirst), unnamed, broken };
}

/** What a listing tells of a snapshot that is not whole; its bytes are for `verify` to read. */
function problemOf({ objects }: SnapshotManifest, dumps: ReadonlyMap<ObjectKey, StoredObject>): string | null {
  const missing = objects.find(({ key }) => !dumps.has(key));
  if (missing !== undefined) return `it names ${missing.key}, which is not there`;
  const other = objects.find(({ key, bytes }) => dumps.get(key)?.bytes !== bytes);
  if (other === undefined) return null;
  return `it says that ${other.key} has ${other.bytes} bytes, which has ${dumps.get(other.key)?.bytes ?? 0}`;
}

/** A snapshot, and those of its objects that a key means. */
export interface Selection extends Snapshot {
  readonly objects: readonly StoredDump[];
  /** Another tool made it, and its manifest is what reading it has told. */
  readonly isForeign: boolean;
}

/** What a key means. */
export type Found =
  | ({ readonly kind: "snapshot" } & Selection)
  /** No manifest names the object. What could not be read of the manifests beside it, one line each. */
  | { readonly kind: "unnamed"; readonly object: StoredObject; readonly unread: readonly string[] };

/**
 * What a key means: all objects of the snapshot when it is a manifest's, the one object when it is an object's.
 * @throws {RunFailed} when there is no such manifest, or no such object
 */
export async function findSnapshot(storage: ObjectStorage, key: ObjectKey, signal: AbortSignal): Promise<Found> {
  if (isManifestKey(key)) return { kind: "snapshot", ...(await readSnapshot(storage, key, signal)) };
  const stamp = /(\d{14})[^/]*$/.exec(key)?.[1] ?? "";
  let object: StoredObject | null = null;
  const unread: string[] = [];
  for await (const candidate of storage.list(folderOf(key), signal)) {
    if (candidate.key === key) object = candidate;
    if (!isManifestKey(candidate.key) || !candidate.key.includes(stamp)) continue;
    try {
      const manifest = await readManifest(storage, candidate.key, signal);
      const objects = manifest.objects.filter((one) => one.key === key);
      if (objects.length > 0) return { kind: "snapshot", key: candidate.key, manifest, objects, isForeign: false };
    } catch (error) {
      signal.throwIfAborted();
      unread.push(messageOf(error)); // it may be another run's of the same second
    }
  }
  if (object !== null) return { kind: "unnamed", object, unread };
  throw new RunFailed("storage", `there is no ${key} in ${storage.name}`, {
    remedy: "ksnapshot list shows the snapshots that are whole",
  });
}

/** A snapshot by the key of its manifest. @throws {RunFailed} when there is none, or it cannot be read */
export async function readSnapshot(storage: ObjectStorage, key: ObjectKey, signal: AbortSignal): Promise<Selection> {
  const manifest = await readManifest(storage, key, signal);
  return { key, manifest, objects: manifest.objects, isForeign: false };
}

async function readManifest(storage: ObjectStorage, key: ObjectKey, signal: AbortSignal): Promise<SnapshotManifest> {
  const bytes = await atMostBytes(mostManifestBytes, storage.read(key, signal));
  signal.throwIfAborted();
  try {
    if (bytes === null) throw new Error(`it has more than ${mostManifestBytes} bytes`);
    return decodeManifest(bytes, key);
  } catch (error) {
    const remedy = "check the key; ksnapshot list shows the snapshots that are whole";
    throw new RunFailed("storage", `${key} is damaged: ${messageOf(error)}`, { remedy, cause: error });
  }
}

/** By the time at which they began. */
export function newestFirst(a: Snapshot, b: Snapshot): number {
  return b.manifest.startedAt.localeCompare(a.manifest.startedAt) || b.key.localeCompare(a.key);
}
