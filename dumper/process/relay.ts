//   dump tool ──pipe──▶ relay thread ──pipe──▶ compressor
//                          │ bytes, head and tail
//                          ▼
//                     the main thread
//
// Every byte passes through one thread that does nothing but read(2) and write(2): that costs a quarter of what the same
// bytes cost as events of the main thread (docs/adr/0004-joining-the-tools.md), and the dump's end mark is still seen.
import { Worker } from "node:worker_threads";
import type { Progress } from "../progress.ts";
import { edgeBytes, type Seen } from "./seen.ts";

/** A read fills this buffer before it is written: a pipe gives 64 KiB at a time at most. */
const bufferBytes = 256 * 1024;

/** What the thread is given. */
interface RelayData {
  /** Descriptors, which it closes. */
  readonly from: number;
  readonly to: number;
  /** Its one element is the number of bytes passed on so far. */
  readonly counter: BigInt64Array;
  readonly bufferBytes: number;
  readonly edgeBytes: number;
}

/**
 * Passes all bytes on from one descriptor to another, in a thread, and closes both. Resolves when the first is at its
 * end; rejects when the second does not take them.
 */
export async function relay(from: number, to: number, progress: Progress): Promise<Seen> {
  const counter = new BigInt64Array(new SharedArrayBuffer(8));
  const data: RelayData = { from, to, counter, bufferBytes, edgeBytes };
  const worker = new Worker(`(${relayBytes.toString()})()`, {
    eval: true, // a file of its own would be lost in a bundle
    workerData: data,
    trackUnmanagedFds: false, // the thread closes descriptors that it did not open
    resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 16 },
  });
  const start = progress.dumpBytes;
  const stop = progress.refreshWith(() => {
    progress.dumpBytes = start + Number(Atomics.load(counter, 0));
  });
  try {
    return await new Promise<Seen>((resolve, reject) => {
      worker.once("message", resolve).once("error", reject);
    });
  } finally {
    progress.position();
    stop();
  }
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
