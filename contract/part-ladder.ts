const mebibyte = 2 ** 20;
const gibibyte = 2 ** 30;

/** The most parts that S3 takes in one upload: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const mostParts = 10_000;

/** One rung: `parts` parts of `partSizeBytes` each, `inFlight` of which are sent at a time while one more is filled. */
export interface PartRung {
  readonly parts: number;
  readonly partSizeBytes: number;
  readonly inFlight: number;
}

/**
 * How the parts of a multipart upload grow, whose length nobody knows at its start. There may be so many parts and no
 * more, so they must grow; a part is held in memory until it is stored, so they must start small. With 10,000 parts the
 * first two reach 100 GiB. Fewer cannot, and most of them are of the size that the job's usual memory limit still has
 * room for.
 */
const rungs = [
  { partSizeBytes: 5 * mebibyte, inFlight: 2, of10000: 2_000, of1000: 200 },
  { partSizeBytes: 16 * mebibyte, inFlight: 2, of10000: 6_500, of1000: 200 },
  { partSizeBytes: 128 * mebibyte, inFlight: 1, of10000: 1_000, of1000: 500 },
  { partSizeBytes: gibibyte, inFlight: 1, of10000: 500, of1000: 100 },
] as const;

/** What the dumper's process needs beside the parts: Node, its bundle, the relay. Measured by `npm run bench -- dump`. */
const processBytes = 96 * mebibyte;
/** For the dump tool and the compressor, which share the container with it. */
const toolsBytes = 160 * mebibyte;

/** The rungs where an upload may have `maxParts` parts, smallest first. */
export function partLadder(maxParts: number): readonly PartRung[] {
  return rungs.map(({ partSizeBytes, inFlight, of10000, of1000 }) => {
    const parts = maxParts >= mostParts ? of10000 : Math.floor((of1000 * maxParts) / 1_000);
    return { parts, partSizeBytes, inFlight };
  });
}

/** One rung, for storages that take only parts of one size: 156 GiB in 10,000 of them, within 150 MiB of memory. */
export function equalPartLadder(maxParts: number): readonly PartRung[] {
  return [{ parts: maxParts, partSizeBytes: 16 * mebibyte, inFlight: 2 }];
}

/** The rung of a part, counted from 1; null past the last one. */
export function rungOf(ladder: readonly PartRung[], partNumber: number): PartRung | null {
  let first = 1;
  for (const rung of ladder) {
    if (partNumber < first + rung.parts) return rung;
    first += rung.parts;
  }
  return null;
}

/** The memory that the job's container needs on a rung: its own process, the tools beside it, and the parts. */
export function rungMemoryBytes({ partSizeBytes, inFlight }: PartRung): number {
  return processBytes + toolsBytes + partSizeBytes * (inFlight + 1);
}

/** A step of {@link memorySteps}: stored objects of up to so many bytes need so much memory. */
export interface MemoryStep {
  readonly upToBytes: number;
  /** Of the whole container. */
  readonly memoryBytes: number;
}

/** The memory that a dump needs by the size of its largest stored object. The last step is the largest object there may be. */
export function memorySteps(maxParts: number): readonly MemoryStep[] {
  let upToBytes = 0;
  return partLadder(maxParts).map((rung) => {
    upToBytes += rung.parts * rung.partSizeBytes;
    return { upToBytes, memoryBytes: rungMemoryBytes(rung) };
  });
}

/** The largest object that can be stored in so many parts. */
export function largestObjectBytes(maxParts: number): number {
  return memorySteps(maxParts).at(-1)?.upToBytes ?? 0;
}

/** The memory limit of a container that is to store objects of that size. */
export function jobMemoryBytes(storedBytes: number, maxParts = mostParts): number {
  const steps = memorySteps(maxParts);
  return (steps.find(({ upToBytes }) => storedBytes <= upToBytes) ?? steps.at(-1))?.memoryBytes ?? 0;
}

/** Of it, what the dumper's own process needs, without the tools. */
export function dumpMemoryBytes(storedBytes: number, maxParts = mostParts): number {
  return jobMemoryBytes(storedBytes, maxParts) - toolsBytes;
}
