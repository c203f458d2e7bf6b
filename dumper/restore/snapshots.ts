import { messageOf, RunFailed } from "../failure.ts";
import { atMostBytes } from "../sink/bounded.ts";
import { folderOf, isDumpKey, isManifestKey, type ObjectKey, parseObjectKey } from "../sink/object-key.ts";
import type { ObjectStorage, StoredObject } from "../sink/object-storage.ts";
import {
  decodeManifest,
  mostManifestBytes,
  type SnapshotManifest,
  type StoredDump,
} from "../sink/snapshot-manifest.ts";

/** So many objects are asked for at a time. */
const readsAtOnce = 16;

export interface Snapshot {
  /** The manifest's. */
  readonly key: ObjectKey;
  readonly manifest: SnapshotManifest;
}

export interface Listing {
  /** Newest first. */
  readonly snapshots: readonly Snapshot[];
  /** Objects that no manifest names and that are ours, or may be where the storage keeps no marks: runs that are under way, or that ended in the middle. Never snapshots. */
  readonly incomplete: readonly StoredObject[];
  /** Objects that no manifest names and that do not say that they are ours: another tool made them. What they hold nobody has verified. */
  readonly foreign: readonly StoredObject[];
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
  const foreign = new Set<ObjectKey>();
  await someAtOnce(unnamed, async ({ key }) => {
    if (await isForeign(storage, key, signal)) foreign.add(key);
  });
  return {
    snapshots: snapshots.sort(newestFirst),
    incomplete: unnamed.filter(({ key }) => !foreign.has(key)),
    foreign: unnamed.filter(({ key }) => foreign.has(key)),
    broken,
  };
}

async function someAtOnce<T>(things: readonly T[], act: (thing: T) => Promise<void>): Promise<void> {
  for (let index = 0; index < things.length; index += readsAtOnce) {
    await Promise.all(things.slice(index, index + readsAtOnce).map(act));
  }
}

/** Where the storage does not tell, an object may be ours. */
async function isForeign(storage: ObjectStorage, key: ObjectKey, signal: AbortSignal): Promise<boolean> {
  if (!storage.keepsMarks) return false;
  try {
    return (await storage.markOf(key, signal)) === null;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof RunFailed) return false;
    throw error;
  }
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

/**
 * What a key means: all objects of the snapshot when it is a manifest's, the one object when it is an object's.
 * @returns the size of an object that no manifest names and that does not say that it is ours: another tool made it
 * @throws {RunFailed} when there is no such manifest, or no such object, or it is ours and incomplete
 */
export async function findSnapshot(
  storage: ObjectStorage,
  key: ObjectKey,
  signal: AbortSignal,
): Promise<Selection | StoredObject> {
  if (isManifestKey(key)) return readSnapshot(storage, key, signal);
  const stamp = /(\d{14})[^/]*$/.exec(key)?.[1] ?? "";
  let found: StoredObject | null = null;
  for await (const candidate of storage.list(folderOf(key), signal)) {
    if (candidate.key === key) found = candidate;
    if (!isManifestKey(candidate.key) || !candidate.key.includes(stamp)) continue;
    const manifest = await readManifest(storage, candidate.key, signal);
    const objects = manifest.objects.filter((object) => object.key === key);
    if (objects.length > 0) return { key: candidate.key, manifest, objects, isForeign: false };
  }
  if (found !== null && (!storage.keepsMarks || (await isForeign(storage, key, signal)))) return found;
  throw new RunFailed("storage", `no manifest in ${storage.name} names ${key}: it is not there or incomplete`, {
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
