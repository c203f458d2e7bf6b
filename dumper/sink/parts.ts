import { totalmem } from "node:os";
import { type PartRung, rungMemoryBytes, rungOf } from "../../contract/part-ladder.ts";
import { RunFailed } from "../failure.ts";

const mebibyte = 2 ** 20;
const gibibyte = 2 ** 30;

export interface Part {
  /** Counted from 1. */
  readonly number: number;
  readonly body: Buffer;
  /** Gives the memory back; the body must not be used after it. */
  readonly release: () => void;
}

/** What bounds the parts. */
export interface PartBounds {
  readonly ladder: readonly PartRung[];
  /** Of the container; null: none is set. */
  readonly memoryLimitBytes: number | null;
}

/** The memory limit of this process's control group, which in a pod is the container's. Null: none is set. */
export function memoryLimitBytes(): number | null {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : null;
}

/**
 * Cuts bytes into the parts of the ladder. Their memory is used again, so that it stays within
 * `(inFlight + 1) * partSizeBytes` as long as no more than `inFlight` parts are unreleased. There is always one part.
 * @throws {RunFailed} when the ladder has no more rungs, or the memory limit no room for the next one
 */
export async function* partsOf(source: AsyncIterable<Buffer>, bounds: PartBounds): AsyncGenerator<Part> {
  const free: Buffer[] = [];
  let stored = 0;
  let number = 1;
  let memory = memoryFor(number, stored, free, bounds);
  let filled = 0;
  for await (const chunk of source) {
    for (let taken = 0; taken < chunk.length;) {
      if (filled === memory.length) {
        yield part(number, memory, filled, free);
        stored += filled;
        memory = memoryFor(++number, stored, free, bounds);
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

function memoryFor(number: number, stored: number, free: Buffer[], bounds: PartBounds): Buffer {
  const rung = rungOf(bounds.ladder, number);
  if (rung === null) throw tooLarge(stored, number - 1);
  const isNext = number > 1 && rung !== rungOf(bounds.ladder, number - 1);
  // The first rung is tried whatever the limit is: there is nothing smaller, and what it needs is an upper bound.
  if (isNext && bounds.memoryLimitBytes !== null && rungMemoryBytes(rung) > bounds.memoryLimitBytes) {
    throw tooLittleMemory(stored, rung, bounds.memoryLimitBytes);
  }
  for (let memory = free.pop(); memory !== undefined; memory = free.pop()) {
    if (memory.length === rung.partSizeBytes) return memory; // one of a smaller rung is let go
  }
  return Buffer.allocUnsafeSlow(rung.partSizeBytes);
}

function tooLarge(stored: number, parts: number): RunFailed {
  const problem = `the object is larger than ${gibibytes(stored)}, the most that an upload of ${parts} parts takes`;
  const remedy =
    "compress with zstd, leave tables out and dump them on their own, or raise S3_MAX_PARTS if the storage takes more parts";
  return new RunFailed("storage", problem, { remedy });
}

function tooLittleMemory(stored: number, rung: PartRung, limit: number): RunFailed {
  const needed = `${Math.ceil(rungMemoryBytes(rung) / mebibyte)}Mi`;
  const problem = `the object has reached ${gibibytes(stored)}; its next parts need a memory limit of ${needed}, and the limit is ${Math.floor(limit / mebibyte)}Mi`;
  return new RunFailed("storage", problem, {
    remedy: `set jobs.resources.limits.memory in ksnapshot.yaml to ${needed} or more`,
  });
}

function gibibytes(bytes: number): string {
  return `${(bytes / gibibyte).toFixed(1)} GiB`;
}
