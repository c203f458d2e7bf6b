import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import {
  dumpMemoryBytes,
  jobMemoryBytes,
  largestObjectBytes,
  memorySteps,
  partLadder,
  rungOf,
} from "../../../contract/part-ladder.ts";

const mebibyte = 2 ** 20;
const gibibyte = 2 ** 30;

describe.each([10_000, 5_000, 1_000, 100])("the ladder of %i parts", (maxParts) => {
  const ladder = partLadder(maxParts);

  test("has that many, each of at least 5 MiB and at most 5 GiB, and ends there", () => {
    expect(ladder.reduce((sum, { parts }) => sum + parts, 0)).toBe(maxParts);
    for (const { partSizeBytes } of ladder) {
      expect(partSizeBytes).toBeGreaterThanOrEqual(5 * mebibyte);
      expect(partSizeBytes).toBeLessThanOrEqual(5 * gibibyte);
    }
    expect(rungOf(ladder, 1)).toBe(ladder[0]);
    expect(rungOf(ladder, maxParts)).toBe(ladder.at(-1));
    expect(rungOf(ladder, maxParts + 1)).toBeNull();
  });

  test("never needs less memory for more", () => {
    const sizes = Array.from({ length: 72 }, (_, index) => (index + 1) * 10 * gibibyte);
    const memories = sizes.map((size) => jobMemoryBytes(size, maxParts));

    expect(memories).toEqual([...memories].sort((a, b) => a - b));
  });
});

test("a rung begins where the one before it ends", () => {
  const ladder = partLadder(10_000);

  expect([2_000, 2_001, 8_500, 8_501].map((number) => rungOf(ladder, number))).toEqual([
    ladder[0],
    ladder[1],
    ladder[1],
    ladder[2],
  ]);
});

test("a dump keeps within 150 MiB up to 100 GiB, and objects may be as large as 700 GiB", () => {
  expect(dumpMemoryBytes(100 * gibibyte)).toBeLessThanOrEqual(150 * mebibyte);
  expect(largestObjectBytes(10_000)).toBeGreaterThan(700 * gibibyte);
});

test("the documentation has the steps of size and memory as they are", () => {
  const text = readFileSync(new URL("../../../docs/storage.md", import.meta.url), "utf8");
  const documented = [...text.matchAll(/^\| +([\d.]+) GiB +\| +([\d.]+) GiB +\| +(\d+)Mi +\|$/gm)].map(
    ([, ...cells]) => cells,
  );

  const [most, few] = [memorySteps(10_000), memorySteps(1_000)];
  expect(documented).toEqual(
    most.map(({ upToBytes, memoryBytes }, index) => [
      gibibytes(upToBytes),
      gibibytes(few[index]?.upToBytes ?? 0),
      String(memoryBytes / mebibyte),
    ]),
  );
  expect(few.map(({ memoryBytes }) => memoryBytes)).toEqual(most.map(({ memoryBytes }) => memoryBytes));
});

/** Rounded down, so that nothing is promised that does not fit. */
function gibibytes(bytes: number): string {
  const size = bytes / gibibyte;
  return size < 10 ? (Math.floor(size * 10) / 10).toFixed(1) : String(Math.floor(size));
}
