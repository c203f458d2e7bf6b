import { type ChildProcess, spawn, type StdioOptions } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import type { Command } from "./command.ts";

const stderrTailBytes = 4096;
/** A child that ignores SIGTERM for so long is killed. */
const killAfterMs = 5_000;

/** How a child ended. */
export interface Exit {
  /** The program's name, for messages. */
  readonly program: string;
  /** Its exit status; null when a signal ended it or it could not be started. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not be started; null when it was. */
  readonly startError: Error | null;
  /** The end of what it wrote to stderr, at most 4 KiB. */
  readonly stderr: string;
}

export interface Child {
  readonly process: ChildProcess;
  /** Resolves when the child has ended and its pipes are closed; never rejects. */
  readonly exit: Promise<Exit>;
  /** Ends it: SIGTERM, and SIGKILL five seconds later. Harmless when it has ended. */
  readonly end: () => void;
}

/** Starts a command; its stderr is kept, its other two streams are as told. When the signal fires it is ended. */
export function start(
  command: Command,
  stdio: { readonly stdin: StdioOption; readonly stdout: StdioOption },
  signal: AbortSignal,
): Child {
  const child = spawn(command.file, command.args, {
    env: { ...command.env },
    stdio: [stdio.stdin, stdio.stdout, "pipe"] as StdioOptions,
  });
  const end = () => {
    endChild(child);
  };
  if (signal.aborted) end();
  signal.addEventListener("abort", end, { once: true });
  const exit = exitOf(child, command.file).finally(() => {
    signal.removeEventListener("abort", end);
  });
  return { process: child, exit, end };
}

type StdioOption = "pipe" | "ignore" | number;

/** Whether the child did all it had to. */
export function isClean(exit: Exit): boolean {
  return exit.status === 0;
}

/** `pg_dump exited with 1: <last words>`. */
export function describeExit({ program, status, signal, startError, stderr }: Exit): string {
  if (startError !== null) return `${program} could not be started: ${startError.message}`;
  const how = signal === null ? `exited with ${String(status)}` : `was killed by ${signal}`;
  return stderr === "" ? `${program} ${how}` : `${program} ${how}: ${stderr}`;
}

async function exitOf(child: ChildProcess, program: string): Promise<Exit> {
  const stderr = lastBytes(child.stderr, stderrTailBytes);
  try {
    const [status, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    return { program, status, signal, startError: null, stderr: stderr() };
  } catch (error) {
    return { program, status: null, signal: null, startError: error as Error, stderr: stderr() };
  }
}

function lastBytes(stream: Readable | null, limit: number): () => string {
  let tail = Buffer.alloc(0);
  stream?.on("data", (bytes: Buffer) => {
    tail = Buffer.concat([tail, bytes]).subarray(-limit);
  });
  return () => tail.toString("utf8").trim();
}

function endChild(child: ChildProcess): void {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  child.once("close", () => {
    clearTimeout(timer);
  });
}
