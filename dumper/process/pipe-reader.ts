import { close, read as readInto } from "node:fs";
import { promisify } from "node:util";
import type { Pipe } from "./pipe.ts";

/** One read gives 64 KiB at the most (pipe(7)); what follows is cheaper in larger pieces. */
const chunkBytes = 512 * 1024;

const read = promisify(readInto);

/**
 * What comes out of a pipe, until every other holder of its writable end has closed it; then the readable end is closed.
 * Two pieces of memory are used in turn, one of which is read into while the other is worked on: a chunk is valid only until the
 * next one is asked for.
 */
export async function* readPipe({ readable }: Pipe): AsyncGenerator<Buffer> {
  let [memory, other] = [Buffer.allocUnsafeSlow(chunkBytes), Buffer.allocUnsafeSlow(chunkBytes)];
  let reading = fill(readable, memory);
  try {
    for (;;) {
      const chunk = await reading;
      if (chunk.length === 0) return;
      [memory, other] = [other, memory];
      reading = fill(readable, memory);
      yield chunk;
    }
  } finally {
    // Not awaited: a read that is given up in the middle ends only when the writer does.
    void reading
      .catch(() => null)
      .then(() => {
        close(readable);
      });
  }
}

/** As much as there is room for; less only at the end. */
async function fill(descriptor: number, memory: Buffer): Promise<Buffer> {
  let filled = 0;
  for (let count = -1; filled < memory.length && count !== 0; filled += count) {
    count = (await read(descriptor, memory, filled, memory.length - filled, null)).bytesRead;
  }
  return memory.subarray(0, filled);
}
