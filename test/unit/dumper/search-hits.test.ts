import { expect, test } from "@jest/globals";
import { array, assert, constantFrom, type Arbitrary, integer, json, property, record, string } from "fast-check";
import { readPage } from "../../../dumper/source/search/hits.ts";

const numRuns = process.env["SLOW"] === undefined ? 150 : 20_000;

interface TestHit {
  readonly index: string;
  readonly id: string;
  /** As JSON, as the server would write what was sent to it. */
  readonly source: string;
  readonly sort: string | null;
}

/** What a server answers: its own JSON is compact, and a document's is as it was sent. */
function answerOf(hits: readonly TestHit[]): string {
  const texts = hits.map(({ index, id, source, sort }) => {
    const tail = sort === null ? "" : `,"sort":${sort}`;
    return `{"_index":"${index}","_id":${JSON.stringify(id)},"_score":null,"_source":${source}${tail}}`;
  });
  const shards = `{"total":1,"successful":1,"skipped":0,"failed":0}`;
  return `{"pit_id":"a\\"b","took":1,"timed_out":false,"_shards":${shards},"hits":{"max_score":null,"hits":[${texts.join(",")}]},"x":[1]}`;
}

const hit: Arbitrary<TestHit> = record({
  index: constantFrom("shop", ".ds-logs-2026.01.31-000001", "é😀"),
  id: string({ unit: "grapheme" }),
  source: json({ maxDepth: 4 }).map((text) => `{"value":${JSON.stringify(JSON.parse(text), null, "\r\n\t")}}`),
  sort: constantFrom('[0,"]}"]', "[9223372036854775807]", null),
});

test("a page is taken apart as JSON.parse would, whatever the documents hold", () => {
  const holds = property(array(hit, { maxLength: 8 }), (hits) => {
    const answer = answerOf(hits);
    const parsed = JSON.parse(answer) as { hits: { hits: { sort?: unknown }[] } };

    const page = readPage(Buffer.from(answer));

    const lines = page.lines.toString("utf8").split("\n");
    expect(lines.pop()).toBe("");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(parsed.hits.hits.map(withoutSort));
    expect(lines.some((line) => line.includes("\r"))).toBe(false);
    expect(page.lastSort).toBe(hits.at(-1)?.sort ?? null);
    expect(page.envelope).toEqual({ ...parsed, hits: { max_score: null, hits: [] } });
    expect([...page.counts.values()].reduce((sum, count) => sum + count, 0)).toBe(hits.length);
  });
  assert(holds, { numRuns });
});

test("a page that was cut anywhere is refused", () => {
  const answer = answerOf([
    { index: "shop", id: "1", source: '{"a":"]}}"}', sort: "[1]" },
    { index: "shop", id: "2", source: '{"b":"\\\\\\""}', sort: "[2]" },
  ]);
  const cut = property(integer({ min: 0, max: Buffer.byteLength(answer) - 1 }), (length) => {
    expect(() => readPage(Buffer.from(answer).subarray(0, length))).toThrow(SyntaxError);
  });
  assert(cut, { numRuns });
});

test.each([
  ["an array of hits in a document", '{"hits":{"hits":[{"_index":"x","sort":[1]},{"_index":"y"}]}}'],
  ["sort values in a document", '{"a":{"b":1,"sort":[1]},"c":[{"d":1,"sort":[2]}]}'],
  [
    "quotes after backslashes beyond the length of a short text",
    `{"a":"${"x".repeat(30)}\\\\\\"]}","b":"${"\\\\".repeat(20)}"}`,
  ],
  ["numbers that JavaScript cannot hold", '{"a":12345678901234567890,"b":1.10,"c":-0.0,"d":1e400}'],
  ["no document at all", "{}"],
])("%s is kept byte by byte", (_, source) => {
  const answer = answerOf([{ index: "shop", id: "1", source, sort: "[3]" }]);

  const page = readPage(Buffer.from(answer));

  expect(page.lines.toString("utf8")).toBe(`{"_index":"shop","_id":"1","_score":null,"_source":${source}}\n`);
});

test.each([
  ["between its tokens", '{"a":1, /* b "} */ "c":[2/**/]}', '{"a":1,            "c":[2    ]}'],
  ["to the end of a line", '{"a":1, // it"s }\n"b":"//\\"/*"}', '{"a":1,           "b":"//\\"/*"}'],
  ["to a carriage return", '{"a":1 // x\r}', '{"a":1      }'],
  ["before and after it", '/* a */ {"a":1}\n// {b\n/* c */', '        {"a":1}              '],
  ["to the end of the document", '{"a":1} // b ,"sort":[x] "', '{"a":1}                   '],
  ["with nothing in it", '{"a":1} //', '{"a":1}   '],
  ["of several lines", '{/*\n\r*/"a":"*/ /"}', '{      "a":"*/ /"}'],
  ["and a byte order mark", '\ufeff{"a":1}', '   {"a":1}'],
])("comments in a document become blanks, and nothing else is changed: %s", (_, source, kept) => {
  const others = { index: "shop", id: "2", source: '{"a":"/* // "}', sort: "[-8]" };
  const answer = answerOf([{ index: "shop", id: "1", source, sort: "[7]" }, others]);

  const page = readPage(Buffer.from(answer));

  expect(page.lines.toString("utf8").split("\n")).toEqual([
    `{"_index":"shop","_id":"1","_score":null,"_source":${kept}}`,
    `{"_index":"shop","_id":"2","_score":null,"_source":{"a":"/* // "}}`,
    "",
  ]);
  expect([page.hits, page.lastSort]).toEqual([2, "[-8]"]);
});

test("a comment that looks like the end of its document makes a document more than there are", () => {
  const source = '{"a":1} // ,"sort":[7]},{"_index":"shop","_id":"x","_source":{}';

  const page = readPage(Buffer.from(answerOf([{ index: "shop", id: "1", source, sort: "[7]" }])));

  expect(page.counts).toEqual(new Map([["shop", 2]]));
});

test.each(['{"a":1} /* b', '{"a": /1}', '{"a":1 // b}', "{\uff01}"])(
  "what no server takes as a comment is refused: %s",
  (source) => {
    const answer = answerOf([{ index: "shop", id: "1", source, sort: "[7]" }]);

    expect(() => readPage(Buffer.from(answer))).toThrow(SyntaxError);
  },
);

test("the index of a data stream gets the data stream's name, be it shorter or longer", () => {
  const renamed = new Map([
    [".ds-logs-2026.01.31-000001", "logs"],
    ["shop", "a name that is longer than the one before"],
  ]);
  const hits = [".ds-logs-2026.01.31-000001", "shop", "shop", "other"].map((index) => ({
    index,
    id: "1",
    source: "{}",
    sort: null,
  }));

  const page = readPage(Buffer.from(answerOf(hits)), renamed);

  const names = page.lines.toString("utf8").match(/(?<="_index":")[^"]*/g);
  expect(names).toEqual([
    "logs",
    "a name that is longer than the one before",
    "a name that is longer than the one before",
    "other",
  ]);
  expect(page.counts).toEqual(new Map([[".ds-logs-2026.01.31-000001", 1], ["shop", 2], ["other", 1]])); // prettier-ignore
});

test.each([
  ["none of it", '"_score":null'],
  ["only its name as an id", '"_id":"_source","_score":null'],
  ["only one in its fields", '"fields":{"_source":{}}'],
])("a document without its _source is refused, with its index: %s", (_, members) => {
  const answer = `{"hits":{"hits":[{"_index":"shop",${members},"sort":[1]}]}}`;

  expect(() => readPage(Buffer.from(answer))).toThrow(/a document of shop came without its _source/);
});

test.each([
  "",
  "{}",
  '{"hits":{}}',
  '{"hits":{"hits":[1]}}',
  '{"aggregations":{"hits":[]}}',
  "<html>",
  '{"hits":{"hits":[]}',
])("what is no answer of a search is refused: %s", (answer) => {
  expect(() => readPage(Buffer.from(answer))).toThrow(SyntaxError);
});

function withoutSort(parsed: { readonly sort?: unknown }): object {
  return Object.fromEntries(Object.entries(parsed).filter(([name]) => name !== "sort"));
}
