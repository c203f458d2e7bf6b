//   dump tool ──pipe──▶ relay thread ──pipe──▶ compressor
//                          │ bytes, head and tail
//                          ▼
//                     the main thread
//
// Every byte passes through one thread that does nothing but read(2) and write(2): a tenth of what the same bytes cost
// as events of the main thread (docs/adr/0004-joining-the-tools.md), and the dump's end mark is still seen.
import { execFile } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import type { Progress } from "../progress.ts";
import { type Seen, edgeBytes } from "./seen.ts";

/** A read fills this buffer before it is written: a pipe gives 64 KiB at a time at most. */
const bufferBytes = 256 * 1024;

export interface Relay {
  /** The descriptor that becomes the dump tool's stdout. */
  readonly input: number;
  /** The descriptor that becomes the compressor's stdin. */
  readonly output: number;
  /**
   * Closes this process's own copies of both. To be called as soon as both children have them: a copy left open keeps
   * the relay from ever seeing the end, and blocks the dump tool for ever when the compressor has died.
   */
  readonly release: () => void;
  /** Resolves when the dump tool's end is closed and all is passed on. Rejects when the compressor does not take it. */
  readonly done: Promise<Seen>;
}

/** What the thread is given. */
interface RelayData {
  readonly from: number;
  readonly to: number;
  /** Its one element is the number of bytes passed on so far. */
  readonly counter: BigInt64Array;
  readonly bufferBytes: number;
  readonly edgeBytes: number;
}

/** Opens the two pipes and starts the thread between them. */
export async function openRelay(progress: Progress): Promise<Relay> {
  const [input, output] = await openPipes();
  const counter = new BigInt64Array(new SharedArrayBuffer(8));
  const data: RelayData = { from: input.readable, to: output.writable, counter, bufferBytes, edgeBytes };
  const worker = new Worker(`(${relayBytes.toString()})()`, {
    eval: true, // a file of its own would be lost in a bundle
    workerData: data,
    trackUnmanagedFds: false, // the descriptors are closed by the thread but were opened here
  });
  const start = progress.dumpBytes;
  const stop = progress.refreshWith(() => {
    progress.dumpBytes = start + Number(Atomics.load(counter, 0));
  });
  const done = new Promise<Seen>((resolve, reject) => {
    worker.once("message", resolve).once("error", reject);
  }).finally(() => {
    progress.position();
    stop();
  });
  done.catch(() => null); // awaited by whoever opened the relay, after the children
  return {
    input: input.writable,
    output: output.readable,
    release: () => {
      closeSync(input.writable);
      closeSync(output.readable);
    },
    done,
  };
}

/** Runs in the thread, by its text: it may use nothing from outside itself. */
function relayBytes(): void {
  const { readSync, writeSync, closeSync: close } = process.getBuiltinModule("node:fs");
  const threads = process.getBuiltinModule("node:worker_threads");
  const { from, to, counter, bufferBytes: size, edgeBytes: edge } = threads.workerData as RelayData;
  const buffer = Buffer.allocUnsafeSlow(size);
  let head = Buffer.alloc(0);
  let tail = Buffer.alloc(0);
  let bytes = 0;
  try {
    for (let ended = false; !ended;) {
      let filled = 0;
      while (filled < size && !ended) {
        const count = readSync(from, buffer, filled, size - filled, null);
        ended = count === 0;
        filled += count;
      }
      for (let written = 0; written < filled;) written += writeSync(to, buffer, written, filled - written);
      const chunk = buffer.subarray(0, filled);
      if (head.length < edge) head = Buffer.concat([head, chunk.subarray(0, edge - head.length)]);
      if (filled > 0)
        tail = Buffer.from(filled >= edge ? chunk.subarray(-edge) : Buffer.concat([tail, chunk]).subarray(-edge));
      bytes += filled;
      Atomics.store(counter, 0, BigInt(bytes));
    }
  } finally {
    close(to);
    close(from);
  }
  threads.parentPort?.postMessage({ bytes, head: head.toString("latin1"), tail: tail.toString("latin1") });
}

interface Pipe {
  readonly readable: number;
  readonly writable: number;
}

/**
 * Two pipes whose ends block. Node makes no such pipe itself (its own are sockets that do not block), but it can open a
 * FIFO, whose name is gone before the first byte is written.
 */
async function openPipes(): Promise<readonly [Pipe, Pipe]> {
  const directory = await mkdtemp(join(tmpdir(), "ksnapshot-"));
  try {
    const names = [join(directory, "dump"), join(directory, "compress")] as const;
    await promisify(execFile)("mkfifo", ["-m", "600", ...names]);
    return [openPipe(names[0]), openPipe(names[1])];
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
