import { describe, expect, test } from "@jest/globals";
import { DocumentCount } from "../../../dumper/source/search/document-count.ts";
import { parseExact } from "../../../dumper/source/search/exact-json.ts";
import { inGroups, pathOf } from "../../../dumper/source/search/index-names.ts";
import { merged } from "../../../dumper/source/search/merged.ts";
import {
  firstPageSize,
  nextPageSize,
  scrollPageSize,
  smallerPageSize,
} from "../../../dumper/source/search/page-size.ts";

const mebibyte = 2 ** 20;

describe("a page", () => {
  test.each([
    ["grows fourfold while documents are small", { size: 64, bytes: 64 * 1024, hits: 64 }, 256],
    ["never has more than is allowed", { size: 512, bytes: 512 * 1024, hits: 512 }, 1000],
    ["has as many documents as fit", { size: 64, bytes: 64 * mebibyte, hits: 64 }, 4],
    ["has one document where even one is too large", { size: 1, bytes: 90 * mebibyte, hits: 1 }, 1],
    ["grows after one that had no documents", { size: 64, bytes: 300, hits: 0 }, 256],
  ])("%s", (_, page, size) => {
    expect(nextPageSize(1000, page)).toBe(size);
  });

  test("begins small, and gets smaller when it is too long", () => {
    expect([firstPageSize(1000), firstPageSize(10)]).toEqual([64, 10]);
    expect([smallerPageSize(1000), smallerPageSize(64), smallerPageSize(3)]).toEqual([125, 8, 1]);
  });

  test("of a scroll has the size that the index's own tells", () => {
    expect(scrollPageSize(1000, { documents: 1_000_000, storeBytes: 300 * 1_000_000 })).toBe(1000);
    expect(scrollPageSize(1000, { documents: 100, storeBytes: 100 * mebibyte })).toBe(1);
    expect(scrollPageSize(1000, { documents: 0, storeBytes: 0 })).toBe(1000);
  });
});

test("indices are named in groups that fit into a request line, whatever their names", () => {
  const names = Array.from({ length: 200 }, (_, number) => `${"日".repeat(20)}-${number}`);

  const groups = inGroups(names);

  expect(groups.flat()).toEqual(names);
  expect(Math.max(...groups.map((group) => pathOf(group).length))).toBeLessThan(3100);
  expect(inGroups([])).toEqual([]);
});

test("documents that are missing or too many are told for each index", () => {
  const count = new DocumentCount();
  count.expect("a", 1);
  count.expect("a", 2);
  count.expect("b", 5);
  count.add(new Map([["a", 3], ["b", 4]])); // prettier-ignore
  expect(() => {
    count.check();
  }).toThrow(/counted: 4 of the 5 of b;/);
  count.add(new Map([["b", 1]]));
  count.check();
  count.add(new Map([["c", 1]]));
  expect(() => {
    count.check();
  }).toThrow(/1 of the 0 of c/);
});

test("numbers that JavaScript cannot hold stay as they were written", () => {
  const text = '{"a":12345678901234567890,"b":1.10,"c":-0.0,"d":1e400,"e":[1,2.5,null,true,"1.10"],"f":{}}';

  expect(JSON.stringify(parseExact(text))).toBe(text);
});

describe("several sources", () => {
  async function* source(name: string, count: number, ended: string[]): AsyncGenerator<string> {
    try {
      for (let number = 0; number < count; number++) yield await Promise.resolve(`${name}${number}`);
      if (name === "broken") throw new Error("it broke");
    } finally {
      ended.push(name);
    }
  }

  async function valuesOf(sources: AsyncIterable<string>): Promise<readonly string[]> {
    const values: string[] = [];
    for await (const value of sources) values.push(value);
    return values;
  }

  test("give all that they have, each in its own order", async () => {
    const ended: string[] = [];
    const values = await valuesOf(merged([source("a", 3, ended), source("b", 0, ended), source("c", 2, ended)], 2));

    expect([...values].sort()).toEqual(["a0", "a1", "a2", "c0", "c1"]);
    expect(values.filter((value) => value.startsWith("a"))).toEqual(["a0", "a1", "a2"]);
    expect([...ended].sort()).toEqual(["a", "b", "c"]);
  });

  test("are all ended when one of them breaks", async () => {
    const ended: string[] = [];
    const sources = [source("a", 1000, ended), source("broken", 2, ended)];

    await expect(valuesOf(merged(sources, 2))).rejects.toThrow("it broke");
    expect([...ended].sort()).toEqual(["a", "broken"]);
  });
});
