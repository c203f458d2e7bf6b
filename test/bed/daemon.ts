import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { once } from "node:events";
import { identityOf, isRunning, type ProcessIdentity } from "./process.ts";
import { record, type State } from "./state.ts";
import { until } from "./wait.ts";

const LOG_TAIL_CHARACTERS = 2_000;

export interface DaemonSpec {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What ends it in an orderly way; default SIGTERM. */
  readonly signal?: NodeJS.Signals;
}

export interface Daemon extends ProcessIdentity {
  readonly name: string;
  readonly logFile: string;
}

/**
 * Starts a process that outlives this one, in a session of its own, its output going to `logs/NAME.log` of the state,
 * and records it there.
 */
export async function startDaemon(state: State, spec: DaemonSpec): Promise<Daemon> {
  const logFile = join(state.directory, "logs", `${spec.name}.log`);
  const log = openSync(logFile, "a");
  try {
    const child = spawn(spec.file, spec.args, {
      env: { ...process.env, ...spec.env },
      cwd: spec.cwd ?? state.directory,
      detached: true,
      stdio: ["ignore", log, log],
    });
    await once(child, "spawn"); // rejects when the program is missing
    child.unref();
    const identity = identityOf(child.pid ?? 0);
    record(state, { kind: "process", name: spec.name, signal: spec.signal ?? "SIGTERM", ...identity });
    return { name: spec.name, logFile, ...identity };
  } finally {
    closeSync(log);
  }
}

/**
 * Waits until a daemon answers; what `isReady` throws counts as "not yet".
 * @throws with the end of its log as soon as it has ended, or after `timeoutMs`.
 */
export async function untilReady(
  daemon: Daemon,
  timeoutMs: number,
  isReady: () => Promise<boolean> | boolean,
): Promise<void> {
  try {
    await until(`${daemon.name} to be ready`, timeoutMs, async () => !isRunning(daemon) || (await isReady()));
  } catch (error) {
    throw new Error(`${daemon.name} does not become ready: ${logTailOf(daemon)}`, { cause: error });
  }
  if (!isRunning(daemon)) throw new Error(`${daemon.name} ended at its start: ${logTailOf(daemon)}`);
}

function logTailOf(daemon: Daemon): string {
  return existsSync(daemon.logFile) ? readFileSync(daemon.logFile, "utf8").slice(-LOG_TAIL_CHARACTERS) : "no log";
}
