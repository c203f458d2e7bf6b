import type { DumpRequest, Environment } from "../contract/dump-request.ts";
import { answering } from "./answering.ts";
import { RunFailed } from "./failure.ts";
import { keyProblems } from "./object-keys.ts";
import { openStorage } from "./sink/object-storage.ts";
import { openSource } from "./source/source.ts";

export interface DumpCheck {
  /** What was found to be well, one line each. */
  readonly lines: readonly string[];
  /** What would make tonight's dump fail, each with what to do. */
  readonly problems: readonly string[];
}

/**
 * Does all that a dump does but for the dump: reaches the database, compares the versions, looks for missing grants,
 * writes to the storage as a run does and takes it back.
 * @throws {RunFailed} when the database or the storage cannot be used at all
 */
export async function checkDump(request: DumpRequest, env: Environment, signal: AbortSignal): Promise<DumpCheck> {
  const source = openSource(request.source, env);
  const storage = await openStorage(request.storage);
  try {
    const waiting = { timeoutMs: request.noProgressTimeoutMs, signal };
    const { versions, names, report, problems } = await answering(source.check, { ...waiting, silent: silentDatabase });
    const keys = { prefix: storage.prefix, engine: source.engine, pod: request.pod, startedAt: new Date() };
    const storageNotes = await answering(storage.check, { ...waiting, silent: silentStorage });
    return {
      lines: [
        `database  ${source.engine} ${versions.server ?? "of unknown version"} answers, dump tool ${versions.tool ?? "unknown"}`,
        `storage   ${storage.name} takes what a run writes, and takes it back`,
        ...(problems.length === 0 ? ["grants    everything can be read"] : []),
        ...report.skipped.map((what) => `left out  ${what}`),
        ...[...report.notes, ...storageNotes].map((note) => `note      ${note}`),
      ],
      problems: [...problems, ...keyProblems(storage, keys, names, request)],
    };
  } finally {
    storage.close();
  }
}

function silentDatabase(seconds: number): RunFailed {
  return new RunFailed("source", `the database stalled: it did not answer all questions within ${seconds} s`, {
    remedy: "check the network and for locks that keep questions waiting, or raise NO_PROGRESS_TIMEOUT_SECONDS",
  });
}

function silentStorage(seconds: number): RunFailed {
  return new RunFailed("storage", `the storage stalled: it took no small object within ${seconds} s`, {
    remedy: "check the network and the storage, or raise NO_PROGRESS_TIMEOUT_SECONDS",
  });
}
