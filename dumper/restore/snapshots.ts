import { buffer } from "node:stream/consumers";
import { messageOf, RunFailed } from "../failure.ts";
import { folderOf, isDumpKey, isManifestKey, type ObjectKey } from "../sink/object-key.ts";
import type { ObjectStorage, StoredObject } from "../sink/object-storage.ts";
import { decodeManifest, type SnapshotManifest, type StoredDump } from "../sink/snapshot-manifest.ts";

/** So many manifests are read at a time. */
const readsAtOnce = 16;

export interface Snapshot {
  /** The manifest's. */
  readonly key: ObjectKey;
  readonly manifest: SnapshotManifest;
}

export interface Listing {
  /** Oldest first. */
  readonly snapshots: readonly Snapshot[];
  /** Objects that no manifest names: runs that are under way, or that ended in the middle. Never snapshots. */
  readonly incomplete: readonly StoredObject[];
  /** Manifests that cannot be read or that name an object that is not there, each with the reason. */
  readonly broken: readonly { readonly key: ObjectKey; readonly problem: string }[];
}

/** Every snapshot whose key begins so. @throws {RunFailed} when the storage cannot be listed */
export async function listSnapshots(storage: ObjectStorage, prefix: string, signal: AbortSignal): Promise<Listing> {
  const objects: StoredObject[] = [];
  for await (const object of storage.list(prefix, signal)) objects.push(object);
  const dumps = new Map(objects.filter(({ key }) => isDumpKey(key)).map((object) => [object.key, object]));
  const snapshots: Snapshot[] = [];
  const broken: { key: ObjectKey; problem: string }[] = [];
  const manifests = objects.filter(({ key }) => isManifestKey(key)).map(({ key }) => key);
  for (let index = 0; index < manifests.length; index += readsAtOnce) {
    await Promise.all(
      manifests.slice(index, index + readsAtOnce).map(async (key) => {
        try {
          const manifest = await readManifest(storage, key, signal);
          const missing = manifest.objects.find((object) => !dumps.has(object.key));
          if (missing === undefined) snapshots.push({ key, manifest });
          else broken.push({ key, problem: `it names ${missing.key}, which is not there` });
          for (const object of manifest.objects) dumps.delete(object.key);
        } catch (error) {
          signal.throwIfAborted();
          broken.push({ key, problem: messageOf(error) });
        }
      }),
    );
  }
  return { snapshots: snapshots.sort(byAge), incomplete: [...dumps.values()], broken };
}

/** A snapshot, and those of its objects that a key means. */
export interface Selection extends Snapshot {
  readonly objects: readonly StoredDump[];
}

/**
 * What a key means: all objects of the snapshot when it is a manifest's, the one object when it is an object's.
 * @throws {RunFailed} when there is no such manifest, or the object belongs to none and is incomplete
 */
export async function findSnapshot(storage: ObjectStorage, key: ObjectKey, signal: AbortSignal): Promise<Selection> {
  if (isManifestKey(key)) {
    const manifest = await readManifest(storage, key, signal);
    return { key, manifest, objects: manifest.objects };
  }
  const stamp = /(\d{14})[^/]*$/.exec(key)?.[1] ?? "";
  for await (const candidate of storage.list(folderOf(key), signal)) {
    if (!isManifestKey(candidate.key) || !candidate.key.includes(stamp)) continue;
    const manifest = await readManifest(storage, candidate.key, signal);
    const objects = manifest.objects.filter((object) => object.key === key);
    if (objects.length > 0) return { key: candidate.key, manifest, objects };
  }
  throw new RunFailed("storage", `no manifest in ${storage.name} names ${key}: it is not there or incomplete`, {
    remedy: "ksnapshot list shows the snapshots that are whole",
  });
}

async function readManifest(storage: ObjectStorage, key: ObjectKey, signal: AbortSignal): Promise<SnapshotManifest> {
  const bytes = await buffer(storage.read(key, signal));
  try {
    return decodeManifest(bytes);
  } catch (error) {
    const remedy = "check the key; ksnapshot list shows the snapshots that are whole";
    throw new RunFailed("storage", `${key} is damaged: ${messageOf(error)}`, { remedy, cause: error });
  }
}

function byAge(a: Snapshot, b: Snapshot): number {
  return a.manifest.startedAt.localeCompare(b.manifest.startedAt) || a.key.localeCompare(b.key);
}
