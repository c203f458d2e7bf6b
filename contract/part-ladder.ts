const mebibyte = 2 ** 20;
const gibibyte = 2 ** 30;

/** One rung: `parts` parts of `partSizeBytes` each, `inFlight` of which are sent at a time while one more is filled. */
export interface PartRung {
  readonly parts: number;
  readonly partSizeBytes: number;
  readonly inFlight: number;
}

/**
 * How the parts of a multipart upload grow, whose length nobody knows at its start. S3 takes 10,000 parts at most, so
 * they must grow; a part is held in memory until it is stored, so they must start small.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
 */
export const partLadder: readonly PartRung[] = [
  { parts: 4_000, partSizeBytes: 8 * mebibyte, inFlight: 2 }, // up to 31 GiB
  { parts: 4_500, partSizeBytes: 16 * mebibyte, inFlight: 2 }, // up to 101 GiB
  { parts: 1_000, partSizeBytes: 128 * mebibyte, inFlight: 1 }, // up to 226 GiB
  { parts: 500, partSizeBytes: gibibyte, inFlight: 1 }, // up to 726 GiB, the largest object
];

/** What the dumper's process needs beside the parts: Node, its bundle, the relay. Measured by `npm run bench -- dump`. */
const processBytes = 96 * mebibyte;

/** The rung of a part, counted from 1; null past the last one. */
export function rungOf(partNumber: number): PartRung | null {
  let first = 1;
  for (const rung of partLadder) {
    if (partNumber < first + rung.parts) return rung;
    first += rung.parts;
  }
  return null;
}

/** The largest object that the ladder can store. */
export const largestObjectBytes = partLadder.reduce((sum, { parts, partSizeBytes }) => sum + parts * partSizeBytes, 0);

/** The memory that a dump needs whose stored object has that size. A step function: the pod's memory limit comes from it. */
export function dumpMemoryBytes(storedBytes: number): number {
  let reached = 0;
  let needed = 0;
  for (const { parts, partSizeBytes, inFlight } of partLadder) {
    needed = Math.max(needed, partSizeBytes * (inFlight + 1));
    reached += parts * partSizeBytes;
    if (storedBytes <= reached) break;
  }
  return processBytes + needed;
}
