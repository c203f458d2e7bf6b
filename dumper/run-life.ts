import type { DumpRequest } from "../contract/dump-request.ts";
import type { EngineKind } from "../contract/engine.ts";
import { messageOf, RunFailed } from "./failure.ts";
import type { ObjectStorage } from "./sink/object-storage.ts";
import { type RunRecord, runRecordKeyOf } from "./sink/run-record.ts";
import { sweep, type SweepReport } from "./sink/sweep.ts";

/** Removing a record may last so long: whoever ends the process does not wait for ever. */
const forgetTimeoutMs = 5_000;

/**
 * Fires when a run of a CronJob has lasted as long as it may: from then on a later run may take it for dead, whatever the
 * cluster has made of the job's own deadline. Outside a cluster it never does.
 */
export function deadlineOf(request: DumpRequest): AbortSignal {
  const controller = new AbortController();
  if (request.cronJob === null) return controller.signal;
  setTimeout(() => {
    controller.abort(tooLong(request));
  }, request.jobDeadlineMs).unref();
  return controller.signal;
}

/**
 * The same by the wall clock, to be asked before a snapshot is called stored: a machine that was frozen meanwhile has not
 * noticed how much time has passed, and a later run may have removed what this one made.
 * @throws {RunFailed}
 */
export function refuseAfterDeadline(request: DumpRequest, startedAt: Date, now: Date): void {
  if (request.cronJob !== null && now.getTime() > startedAt.getTime() + request.jobDeadlineMs) throw tooLong(request);
}

function tooLong({ jobDeadlineMs }: DumpRequest): RunFailed {
  const remedy = "raise jobs.deadlineSeconds in ksnapshot.yaml, or let it dump less";
  return new RunFailed("source", `the run has lasted ${jobDeadlineMs / 1000} s, which is all it may`, { remedy });
}

/** What a run says of itself before it begins. Null where nobody could tell whose it is. */
export function recordOf(
  { cluster, cronJob, ownerUid, pod, jobDeadlineMs }: DumpRequest,
  run: { readonly runId: string; readonly engine: EngineKind; readonly startedAt: Date },
): RunRecord | null {
  if (cluster === null || cronJob === null) return null;
  const { runId, engine, startedAt } = run;
  const deadline = new Date(startedAt.getTime() + jobDeadlineMs).toISOString();
  return {
    schemaVersion: 1,
    runId,
    cluster,
    cronJob,
    ownerUid,
    engine,
    pod,
    startedAt: startedAt.toISOString(),
    deadline,
  };
}

/** The run is over and has left nothing: its record goes. Gives why it could not, which is no fault of the run. */
export async function forget(record: RunRecord, storage: ObjectStorage): Promise<readonly string[]> {
  const key = runRecordKeyOf(record, storage.prefix);
  const timeout = AbortSignal.timeout(forgetTimeoutMs);
  try {
    await Promise.race([storage.remove(key), rejectionOf(timeout)]);
    return [];
  } catch (error) {
    return [`${key} could not be removed: ${messageOf(error)}`];
  }
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => {
      reject(signal.reason as Error);
    });
  });
}

/** After the snapshot is stored: a bad night removes nothing. */
export async function forgetAndSweep(
  record: RunRecord,
  storage: ObjectStorage,
  { now, signal }: { readonly now: () => Date; readonly signal: AbortSignal },
): Promise<SweepReport> {
  const problems = await forget(record, storage);
  const swept = await sweep(storage, { cluster: record.cluster, cronJob: record.cronJob, now: now() }, signal);
  return { ...swept, problems: [...problems, ...swept.problems] };
}
