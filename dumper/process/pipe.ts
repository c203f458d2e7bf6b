import { execFile } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Environment } from "../../contract/dump-request.ts";
import { baseEnv } from "./command.ts";

/** Two descriptors, both of which block: for children, and for threads that do nothing else. */
export interface Pipe {
  readonly readable: number;
  readonly writable: number;
}

/**
 * Opens pipes. Node makes none itself (its own are sockets that do not block), but it can open a FIFO, whose name is gone
 * before the first byte is written. Whoever opens a pipe closes both ends.
 * @param env where mkfifo is found
 */
export async function openPipes<const Names extends readonly string[]>(
  env: Environment,
  ...names: Names
): Promise<Readonly<Record<Names[number], Pipe>>> {
  const directory = await mkdtemp(join(tmpdir(), "ksnapshot-"));
  try {
    const paths = names.map((name) => join(directory, name));
    await promisify(execFile)("mkfifo", ["-m", "600", ...paths], { env: { ...baseEnv(env) } });
    return Object.fromEntries(names.map((name) => [name, openPipe(join(directory, name))])) as Record<
      Names[number],
      Pipe
    >;
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Opened for both at first: either end alone would wait for the other (fifo(7)). */
function openPipe(name: string): Pipe {
  const both = openSync(name, "r+");
  const pipe = { readable: openSync(name, "r"), writable: openSync(name, "w") };
  closeSync(both);
  return pipe;
}
