import { closeSync } from "node:fs";
import { Worker } from "node:worker_threads";
import type { Pipe } from "./pipe.ts";

/** One read gives 64 KiB at the most (pipe(7)); what follows is cheaper in larger pieces. */
const chunkBytes = 512 * 1024;
/** One is read into while the other is worked on. */
const slots = 2;

/** Of a slot in the shared state: the number of bytes in it, or one of these. */
const empty = 0;
const ended = -1;

/** What the thread is given. */
interface ReaderData {
  readonly from: number;
  readonly memory: Uint8Array;
  readonly state: Int32Array;
  readonly chunkBytes: number;
  readonly ended: number;
}

/**
 * What comes out of a pipe, until every other holder of its writable end has closed it; then the readable end is closed.
 * A thread reads: each 64 KiB as an event of the main thread would cost more than the read itself. A chunk is valid only
 * until the next one is asked for.
 */
export async function* readPipe({ readable }: Pipe): AsyncGenerator<Buffer> {
  const shared = new SharedArrayBuffer(slots * chunkBytes);
  const state = new Int32Array(new SharedArrayBuffer(slots * Int32Array.BYTES_PER_ELEMENT));
  const data: ReaderData = { from: readable, memory: new Uint8Array(shared), state, chunkBytes, ended };
  const worker = new Worker(`(${fillSlots.toString()})()`, {
    eval: true, // a file of its own would be lost in a bundle
    workerData: data,
    resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 16 },
  });
  try {
    for (let slot = 0; ; slot = (slot + 1) % slots) {
      await Atomics.waitAsync(state, slot, empty).value;
      const bytes = Atomics.load(state, slot);
      if (bytes === ended) return;
      yield Buffer.from(shared, slot * chunkBytes, bytes);
      Atomics.store(state, slot, empty);
      Atomics.notify(state, slot);
    }
  } finally {
    // Not awaited: a reader that is given up in the middle ends only when the writer does.
    void worker.terminate().then(() => {
      closeSync(readable);
    });
  }
}

/** Runs in the thread, by its text: it may use nothing from outside itself. */
function fillSlots(): void {
  const { readSync } = process.getBuiltinModule("node:fs");
  const threads = process.getBuiltinModule("node:worker_threads");
  const { from, memory, state, chunkBytes: size, ended: end } = threads.workerData as ReaderData;
  for (let slot = 0, filled = size; filled > 0; slot = (slot + 1) % state.length) {
    for (let held = Atomics.load(state, slot); held !== 0; held = Atomics.load(state, slot)) {
      Atomics.wait(state, slot, held);
    }
    filled = 0;
    for (let count = size; filled < size && count > 0; filled += count) {
      count = readSync(from, memory, slot * size + filled, size - filled, null);
    }
    Atomics.store(state, slot, filled > 0 ? filled : end);
    Atomics.notify(state, slot);
  }
}
