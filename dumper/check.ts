import type { DumpRequest, Environment } from "../contract/dump-request.ts";
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
    const { versions, names, report, problems } = await source.check(signal);
    const keys = { prefix: storage.prefix, engine: source.engine, pod: request.pod, startedAt: new Date() };
    const storageNotes = await storage.check(signal);
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
