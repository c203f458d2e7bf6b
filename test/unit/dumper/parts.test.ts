import { describe, expect, test } from "@jest/globals";
import { dumpMemoryBytes, largestObjectBytes, partLadder, rungOf } from "../../../contract/part-ladder.ts";
import { partsOf } from "../../../dumper/sink/parts.ts";

const mebibyte = 2 ** 20;
const gibibyte = 2 ** 30;
const partBytes = 8 * mebibyte;

// eslint-disable-next-line @typescript-eslint/require-await -- the bytes are at hand
async function* chunks(total: number, each: number): AsyncGenerator<Buffer> {
  const one = Buffer.alloc(each, 7); // one piece of memory for all, as a pipe gives them
  for (let left = total; left > 0; left -= each) yield one.subarray(0, Math.min(left, each));
}

describe("parts", () => {
  test.each([
    [0, [0]],
    [1, [1]],
    [partBytes - 1, [partBytes - 1]],
    [partBytes, [partBytes]],
    [partBytes + 1, [partBytes, 1]],
    [2 * partBytes, [partBytes, partBytes]],
  ])("of %i bytes are cut at the ladder's size", async (total, sizes) => {
    const cut: number[] = [];
    for await (const { body, release } of partsOf(chunks(total, 65_537))) {
      expect(body.every((byte) => byte === 7)).toBe(true);
      cut.push(body.length);
      release();
    }

    expect(cut).toEqual(sizes);
  });

  test("use the memory of a part again when it is released", async () => {
    const memories = new Set<ArrayBufferLike>();
    for await (const { body, release } of partsOf(chunks(6 * partBytes, 1_000_000))) {
      memories.add(body.buffer);
      release();
    }

    expect(memories.size).toBe(1);
  });
});

describe("the ladder", () => {
  test("has the 10,000 parts that S3 takes, each of at least 5 MiB and at most 5 GiB", () => {
    expect(partLadder.reduce((sum, { parts }) => sum + parts, 0)).toBe(10_000);
    for (const { partSizeBytes } of partLadder) {
      expect(partSizeBytes).toBeGreaterThanOrEqual(5 * mebibyte);
      expect(partSizeBytes).toBeLessThanOrEqual(5 * gibibyte);
    }
    expect([rungOf(1), rungOf(4_000), rungOf(4_001), rungOf(10_000), rungOf(10_001)]).toEqual([
      partLadder[0],
      partLadder[0],
      partLadder[1],
      partLadder[3],
      null,
    ]);
  });

  test("keeps a dump within 150 MiB up to 100 GiB, and never needs less for more", () => {
    expect(dumpMemoryBytes(100 * gibibyte)).toBeLessThanOrEqual(150 * mebibyte);
    const sizes = Array.from({ length: 72 }, (_, index) => (index + 1) * 10 * gibibyte);
    const memories = sizes.map(dumpMemoryBytes);
    expect(memories).toEqual([...memories].sort((a, b) => a - b));
    expect(largestObjectBytes).toBeGreaterThan(700 * gibibyte);
  });
});
