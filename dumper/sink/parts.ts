import { largestObjectBytes, rungOf } from "../../contract/part-ladder.ts";
import { RunFailed } from "../failure.ts";

export interface Part {
  /** Counted from 1. */
  readonly number: number;
  readonly body: Buffer;
  /** Gives the memory back; the body must not be used after it. */
  readonly release: () => void;
}

/**
 * Cuts bytes into the parts of the ladder. Their memory is used again, so that it stays within
 * `(inFlight + 1) * partSizeBytes` as long as no more than `inFlight` parts are unreleased. There is always one part.
 * @throws {RunFailed} when the ladder has no more rungs
 */
export async function* partsOf(source: AsyncIterable<Buffer>): AsyncGenerator<Part> {
  const free: Buffer[] = [];
  let number = 1;
  let memory = memoryFor(number, free);
  let filled = 0;
  for await (const chunk of source) {
    for (let taken = 0; taken < chunk.length;) {
      if (filled === memory.length) {
        yield part(number, memory, filled, free);
        memory = memoryFor(++number, free);
        filled = 0;
      }
      const count = chunk.copy(memory, filled, taken);
      taken += count;
      filled += count;
    }
  }
  yield part(number, memory, filled, free);
}

function part(number: number, memory: Buffer, filled: number, free: Buffer[]): Part {
  return { number, body: memory.subarray(0, filled), release: () => void free.push(memory) };
}

function memoryFor(number: number, free: Buffer[]): Buffer {
  const rung = rungOf(number);
  if (rung === null) {
    throw new RunFailed(
      "storage",
      `the object is larger than ${Math.floor(largestObjectBytes / 2 ** 30)} GiB, the most that one upload takes`,
      {
        remedy: "compress with zstd, or leave tables out and dump them on their own",
      },
    );
  }
  for (let memory = free.pop(); memory !== undefined; memory = free.pop()) {
    if (memory.length === rung.partSizeBytes) return memory; // one of a smaller rung is let go
  }
  return Buffer.allocUnsafeSlow(rung.partSizeBytes);
}
