import { messageOf } from "../failure.ts";
import { isDumpKey, isManifestKey, monthFolders, type ObjectKey, podOf } from "./object-key.ts";
import type { ObjectStorage } from "./object-storage.ts";

/** A sweep lasts no longer; what it did not reach is left to the next run. */
const sweepTimeoutMs = 60_000;

/** Whose leftovers to remove. */
export interface SweepScope {
  readonly cronJob: string;
  /** The pod of this run, which is still under way. */
  readonly pod: string;
  /** Older than the job's deadline: no run that began before it can still be under way. */
  readonly before: Date;
}

export interface SweepReport {
  /** Keys of what was removed. An upload's stands there though no object was to be seen under it. */
  readonly removed: readonly ObjectKey[];
  /** What could not be swept and why, one line each. */
  readonly problems: readonly string[];
}

export const nothingSwept: SweepReport = { removed: [], problems: [] };

/**
 * Removes what killed runs of the same CronJob left: unfinished uploads, and objects without a manifest. Nothing younger
 * than a run can last, of anybody else, or of a run that has a manifest is touched. Never throws: the snapshot of this
 * run does not depend on it.
 */
export async function sweep(storage: ObjectStorage, scope: SweepScope, signal: AbortSignal): Promise<SweepReport> {
  const removed: ObjectKey[] = [];
  const problems: string[] = [];
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(sweepTimeoutMs)]);
  for (const [what, act] of [
    ["unfinished uploads", sweepUploads],
    ["objects without a manifest", sweepObjects],
  ] as const) {
    try {
      for await (const key of act(storage, scope, bounded)) removed.push(key);
    } catch (error) {
      problems.push(`${what} of earlier runs could not be swept: ${messageOf(error)}`);
    }
  }
  return { removed, problems };
}

async function* sweepUploads(
  storage: ObjectStorage,
  scope: SweepScope,
  signal: AbortSignal,
): AsyncGenerator<ObjectKey> {
  for await (const { key, touchedAt, discard } of storage.unfinished(signal)) {
    const pod = podOf(key, storage.prefix, scope.cronJob);
    if (pod === null || pod === scope.pod || touchedAt >= scope.before) continue;
    await discard();
    yield key;
  }
}

/** Looks at this month and the last: a run that was killed is followed by one that sweeps within a month. */
async function* sweepObjects(
  storage: ObjectStorage,
  scope: SweepScope,
  signal: AbortSignal,
): AsyncGenerator<ObjectKey> {
  for (const folder of monthFolders(storage.prefix, scope.before)) {
    const finished = new Set<string>();
    const dumps: { readonly key: ObjectKey; readonly pod: string }[] = [];
    for await (const { key, storedAt } of storage.list(folder, signal)) {
      const pod = podOf(key, storage.prefix, scope.cronJob);
      if (pod === null || pod === scope.pod) continue;
      if (isManifestKey(key)) finished.add(pod);
      else if (isDumpKey(key) && storedAt < scope.before) dumps.push({ key, pod });
    }
    for (const { key } of dumps.filter(({ pod }) => !finished.has(pod))) {
      signal.throwIfAborted();
      await storage.remove(key);
      yield key;
    }
  }
}
