import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

const POLL_INTERVAL_MS = 20;
const KILL_AFTER_MS = 10_000;

/** One process for ever: a pid may be used again, but not with the same start time. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks between boot and the start of the process. */
  readonly startedAt: number;
}

/** @throws when there is no such process. */
export function identityOf(pid: number): ProcessIdentity {
  return { pid, startedAt: statOf(pid).startedAt };
}

/** Whether that very process still runs. A zombie does not: process 1 of a container may reap seconds late. */
export function isRunning(process: ProcessIdentity): boolean {
  try {
    const stat = statOf(process.pid);
    return stat.startedAt === process.startedAt && stat.state !== "Z" && stat.state !== "X";
  } catch {
    return false; // no /proc entry: it has ended
  }
}

/** Ends a process (and its group, where it leads one): `signal`, then SIGKILL after 10 s. Returns when it has ended. */
export async function endProcess(identity: ProcessIdentity, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  if (!isRunning(identity)) return;
  send(identity.pid, signal);
  const deadline = Date.now() + KILL_AFTER_MS;
  while (isRunning(identity)) {
    if (Date.now() > deadline) send(identity.pid, "SIGKILL");
    await delay(POLL_INTERVAL_MS);
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  const isGroupLeader = statOf(pid).group === pid;
  try {
    process.kill(isGroupLeader ? -pid : pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // ended meanwhile
  }
}

function statOf(pid: number): { state: string; group: number; startedAt: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The second field, the program's name, may hold blanks and parentheses: fields are counted after its end (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "", group: Number(fields[2]), startedAt: Number(fields[19]) };
}
