import { messageOf } from "../failure.ts";
import { dumpsPrefix, isOfRun, type KeyParts, manifestKey, type ObjectKey, runRecordsPrefix } from "./object-key.ts";
import type { ObjectStorage } from "./object-storage.ts";
import { keyPartsOf, readRunRecord, type RunRecord } from "./run-record.ts";

/** A sweep lasts no longer; what it did not reach is left to the next run. */
const sweepTimeoutMs = 60_000;
/** A run is taken for dead so long after its deadline: the clocks of two nodes may be an hour apart, as by a wrong time zone. */
const graceMs = 3_600_000;
/** So many records are looked at, the newest first: where we may not remove them they pile up. */
const mostRecords = 50;
/** So many problems are told. */
const mostProblems = 5;

/** Whose leftovers to remove. */
export interface SweepScope {
  readonly cluster: string;
  readonly cronJob: string;
  readonly now: Date;
}

export interface SweepReport {
  /** Keys of what was removed. An upload's stands there though no object was to be seen under it. */
  readonly removed: readonly ObjectKey[];
  /** What could not be swept and why, one line each. */
  readonly problems: readonly string[];
}

export const nothingSwept: SweepReport = { removed: [], problems: [] };

/**
 * Removes what killed runs of the same CronJob of the same installation left. A killed run is known by its record, whose
 * deadline has passed; of it go unfinished uploads, and completed objects whose own mark names that run and whose manifest,
 * asked for by its key, is not there. Nothing else is touched: that something is named by no manifest proves nothing.
 * Never throws: the snapshot of this run does not depend on it.
 */
export async function sweep(storage: ObjectStorage, scope: SweepScope, signal: AbortSignal): Promise<SweepReport> {
  const swept: Swept = { removed: [], problems: [] };
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(sweepTimeoutMs)]);
  const whole = sweepAll(storage, scope, swept, bounded);
  const givenUp = new Promise<void>((resolve) => {
    if (bounded.aborted) resolve();
    bounded.addEventListener("abort", () => {
      resolve();
    });
  });
  await Promise.race([whole, givenUp]);
  if (bounded.aborted) swept.problems.push(`the sweep was given up: ${messageOf(bounded.reason)}`);
  const more = swept.problems.length - mostProblems;
  const told = [...swept.problems.slice(0, mostProblems), ...(more > 0 ? [`and ${more} more of the kind`] : [])];
  return { removed: [...swept.removed], problems: told };
}

interface Swept {
  readonly removed: ObjectKey[];
  readonly problems: string[];
}

/** A run that is over, though its record says that it is not. */
interface DeadRun {
  readonly recordKey: ObjectKey;
  readonly record: RunRecord;
  readonly keys: KeyParts;
}

/** Each step for itself: what one may not do does not keep the others from theirs. */
async function sweepAll(
  storage: ObjectStorage,
  scope: SweepScope,
  { removed, problems }: Swept,
  signal: AbortSignal,
): Promise<void> {
  async function isDone(what: string, act: () => Promise<void>): Promise<boolean> {
    try {
      signal.throwIfAborted();
      await act();
      return true;
    } catch (error) {
      if (!signal.aborted) problems.push(`${what} could not be swept: ${messageOf(error)}`);
      return false;
    }
  }

  const dead: DeadRun[] = [];
  await isDone("records of earlier runs", async () => {
    const keys: ObjectKey[] = [];
    for await (const { key } of storage.list(runRecordsPrefix(storage.prefix, scope.cronJob), signal)) keys.push(key);
    for (const key of keys.sort().reverse().slice(0, mostRecords)) {
      await isDone(`the record ${key}`, async () => {
        const record = await readRunRecord(storage, key, signal);
        if (isDead(record, scope)) dead.push({ recordKey: key, record, keys: keyPartsOf(record, storage.prefix) });
      });
    }
  });
  if (dead.length === 0) return;
  const areUploadsGone = await isDone("unfinished uploads of earlier runs", () =>
    sweepUploads(storage, dead, removed, signal),
  );
  for (const run of dead) {
    const what = `objects without a manifest of the run of ${run.record.startedAt}`;
    const areObjectsGone = await isDone(what, async () => {
      const unmarked = await sweepObjects(storage, run, removed, signal);
      if (unmarked > 0) problems.push(`${what} stay (${unmarked}): nothing in the storage says that we made them`);
    });
    // The record stays as long as anything of its run may be left.
    if (areUploadsGone && areObjectsGone) {
      await isDone(`the record ${run.recordKey}`, () => storage.remove(run.recordKey));
    }
  }
}

function isDead(record: RunRecord, { cluster, cronJob, now }: SweepScope): boolean {
  const isOurs = record.cluster === cluster && record.cronJob === cronJob;
  return isOurs && Date.parse(record.deadline) + graceMs < now.getTime();
}

async function sweepUploads(
  storage: ObjectStorage,
  dead: readonly DeadRun[],
  removed: ObjectKey[],
  signal: AbortSignal,
): Promise<void> {
  for await (const { key, runId, discard } of storage.unfinished(signal)) {
    const isLeft = dead.some(({ record, keys }) =>
      runId === null ? isOfRun(key, keys) : runId === record.runId || key === manifestKey(keys),
    );
    if (!isLeft) continue;
    await discard();
    removed.push(key);
    signal.throwIfAborted();
  }
}

/** Gives how many have no mark of ours: the storage keeps none, or by chance another tool made them. */
async function sweepObjects(
  storage: ObjectStorage,
  { record, keys }: DeadRun,
  removed: ObjectKey[],
  signal: AbortSignal,
): Promise<number> {
  let unmarked = 0;
  for await (const { key } of storage.list(dumpsPrefix(keys), signal)) {
    if (!isOfRun(key, keys)) continue;
    const mark = await storage.markOf(key, signal);
    if (mark !== null && (mark.runId !== record.runId || mark.cluster !== record.cluster)) continue;
    if (await storage.has(manifestKey(keys), signal)) return 0;
    if (mark === null) {
      unmarked++;
      continue;
    }
    signal.throwIfAborted();
    await storage.remove(key);
    removed.push(key);
  }
  return unmarked;
}
