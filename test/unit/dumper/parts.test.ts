import { describe, expect, test } from "@jest/globals";
import { partLadder } from "../../../contract/part-ladder.ts";
import { type PartBounds, partsOf } from "../../../dumper/sink/parts.ts";

const mebibyte = 2 ** 20;
const partBytes = 5 * mebibyte;
const bounds: PartBounds = { ladder: partLadder(10_000), memoryLimitBytes: null };
/** Small enough to be climbed in a test: two parts of 5 MiB, then two of 16 MiB, then such of 128 MiB. */
const shortLadder = partLadder(10);

// eslint-disable-next-line @typescript-eslint/require-await -- the bytes are at hand
async function* chunks(total: number, each: number): AsyncGenerator<Buffer> {
  const one = Buffer.alloc(each, 7); // one piece of memory for all, as a pipe gives them
  for (let left = total; left > 0; left -= each) yield one.subarray(0, Math.min(left, each));
}

async function sizesOf(total: number, { ladder, memoryLimitBytes }: PartBounds, sizes: number[] = []) {
  for await (const { body, release } of partsOf(chunks(total, 1_000_003), { ladder, memoryLimitBytes })) {
    sizes.push(body.length / mebibyte);
    release();
  }
  return sizes;
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
    for await (const { body, release } of partsOf(chunks(total, 65_537), bounds)) {
      expect(body.every((byte) => byte === 7)).toBe(true);
      cut.push(body.length);
      release();
    }

    expect(cut).toEqual(sizes);
  });

  test("use the memory of a part again when it is released", async () => {
    const memories = new Set<ArrayBufferLike>();
    for await (const { body, release } of partsOf(chunks(6 * partBytes, 1_000_000), bounds)) {
      memories.add(body.buffer);
      release();
    }

    expect(memories.size).toBe(1);
  });

  test("grow when the rung's are used up", async () => {
    expect(await sizesOf(49 * mebibyte, { ladder: shortLadder, memoryLimitBytes: null })).toEqual([5, 5, 16, 16, 7]);
  });

  test.each([
    { limit: 512, end: "all of it" },
    { limit: 511, end: [5, 5, 16, 16], needed: "512Mi" },
    { limit: 303, end: [5, 5], needed: "304Mi" },
    { limit: 1, end: [5, 5], needed: "304Mi" },
  ])("under a limit of $limit MiB reach $end", async ({ limit, end, needed }) => {
    const sizes: number[] = [];

    const cut = sizesOf(49 * mebibyte, { ladder: shortLadder, memoryLimitBytes: limit * mebibyte }, sizes);

    if (needed === undefined) {
      expect(await cut).toHaveLength(5);
      return;
    }
    await expect(cut).rejects.toMatchObject({
      code: "storage",
      message: expect.stringMatching(
        new RegExp(
          `need a memory limit of ${needed}, and the limit is ${limit}Mi; set jobs\\.resources\\.limits\\.memory`,
        ),
      ),
    });
    expect(sizes).toEqual(end);
  });

  test("end where the ladder does, with a word on the setting", async () => {
    const two = shortLadder.slice(0, 1);

    await expect(sizesOf(17 * mebibyte, { ladder: two, memoryLimitBytes: null })).rejects.toMatchObject({
      code: "storage",
      message: expect.stringMatching(/an upload of 2 parts takes; .*S3_MAX_PARTS/),
    });
  });
});
