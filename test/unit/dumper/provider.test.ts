import { expect, test } from "@jest/globals";
import { largestObjectBytes, partLadder, rungMemoryBytes } from "../../../contract/part-ladder.ts";
import { ladderFor } from "../../../dumper/sink/provider.ts";

const maxParts = 10_000;

test.each([null, "https://s3.example.com", "https://r2.cloudflarestorage.com.example.com", "http://10.0.0.1:9000"])(
  "parts grow at %s",
  (endpoint) => {
    expect(ladderFor({ endpoint, maxParts })).toEqual(partLadder(maxParts));
  },
);

test.each(["https://0123abcd.r2.cloudflarestorage.com", "https://0123abcd.eu.r2.cloudflarestorage.com/"])(
  "parts have one size at %s, and no more memory than growing ones of 100 GiB",
  (endpoint) => {
    const [rung, ...more] = ladderFor({ endpoint, maxParts });
    const [, second] = partLadder(maxParts);
    if (rung === undefined || second === undefined) throw new Error("a ladder without rungs");

    expect(more).toEqual([]);
    expect(rung.parts).toBe(maxParts);
    expect(rungMemoryBytes(rung)).toBe(rungMemoryBytes(second));
    expect(rung.parts * rung.partSizeBytes).toBeGreaterThan(100 * 2 ** 30);
    expect(rung.parts * rung.partSizeBytes).toBeLessThan(largestObjectBytes(maxParts));
  },
);
