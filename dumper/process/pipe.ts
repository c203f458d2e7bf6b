import { execFile } from "node:child_process";
import { closeSync, openSync, read } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** One read gives 64 KiB at the most, which is what a pipe holds (pipe(7)); what follows is cheaper in larger pieces. */
const chunkBytes = 1024 * 1024;

/** Two descriptors, both of which block: for children, and for threads that do nothing else. */
export interface Pipe {
  readonly readable: number;
  readonly writable: number;
}

/**
 * Opens pipes. Node makes none itself (its own are sockets that do not block), but it can open a FIFO, whose name is gone
 * before the first byte is written. Whoever opens a pipe closes both ends.
 */
export async function openPipes<const Names extends readonly string[]>(
  ...names: Names
): Promise<Readonly<Record<Names[number], Pipe>>> {
  const directory = await mkdtemp(join(tmpdir(), "ksnapshot-"));
  try {
    await promisify(execFile)("mkfifo", ["-m", "600", ...names.map((name) => join(directory, name))]);
    return Object.fromEntries(names.map((name) => [name, openPipe(join(directory, name))])) as Record<
      Names[number],
      Pipe
    >;
  } finally {
    await rm(directory, { recursive: true });
  }
}

/**
 * What comes out of a pipe, until every other holder of its writable end has closed it; then the readable end is closed.
 * A chunk is valid only until the next one is asked for: all of them share one piece of memory, which keeps a dump
 * 40 MiB smaller than a fresh piece for each does.
 */
export async function* readPipe({ readable }: Pipe): AsyncGenerator<Buffer> {
  const memory = Buffer.allocUnsafeSlow(chunkBytes);
  const readSome = promisify(read);
  try {
    for (let ended = false; !ended;) {
      let filled = 0;
      while (filled < memory.length && !ended) {
        const { bytesRead } = await readSome(readable, memory, filled, memory.length - filled, null);
        ended = bytesRead === 0;
        filled += bytesRead;
      }
      if (filled > 0) yield memory.subarray(0, filled);
    }
  } finally {
    closeSync(readable);
  }
}

/** Opened for both at first: either end alone would wait for the other (fifo(7)). */
function openPipe(name: string): Pipe {
  const both = openSync(name, "r+");
  const pipe = { readable: openSync(name, "r"), writable: openSync(name, "w") };
  closeSync(both);
  return pipe;
}
