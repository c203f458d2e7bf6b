import { expect, test } from "@jest/globals";
import { linesOf, parseDocument } from "../../../dumper/restore/search-document.ts";
import { indexCreations, lateSettingCreations } from "../../../dumper/restore/search-definitions.ts";
import { parseTarget } from "../../../dumper/restore/target.ts";

test.each([
  [
    '{"_index":"a","_id":"1","_score":null,"_source":{"n":1.10}}',
    { index: "a", id: "1", routing: null, source: '{"n":1.10}' },
  ],
  [
    '{"_index":"a","_id":"é\\"","_score":1,"_routing":"r","_source":{"_source":{},"t":"}"},"fields":{"x":[1]}}',
    { index: "a", id: 'é"', routing: "r", source: '{"_source":{},"t":"}"}' },
  ],
  ['{"_source":{},"_id":"_source","_index":"a"}', { index: "a", id: "_source", routing: null, source: "{}" }],
])("a line is taken apart, its document byte by byte: %s", (line, expected) => {
  const { source, ...others } = parseDocument(Buffer.from(line));

  expect({ ...others, source: source.toString("utf8") }).toEqual(expected);
});

test.each(["", "{}", '{"_index":"a","_id":"1"}', '{"a":{"_source":{}}}', '{"_index":"a","_source":{"n":1'])(
  "a line without a document is refused: %s",
  (line) => {
    expect(() => parseDocument(Buffer.from(line))).toThrow(SyntaxError);
  },
);

test("lines are found however the bytes come in pieces, and one that has no end is refused", async () => {
  const text = "one\n\ntwo é\nthree\n";
  for (const size of [1, 2, 3, 5, 100]) {
    const lines: string[] = [];
    for await (const line of linesOf(pieces(text, size))) lines.push(line.toString("utf8"));
    expect(lines).toEqual(["one", "", "two é", "three"]);
  }
  await expect(linesOf(pieces("no end", 3)).next()).rejects.toThrow(SyntaxError);
});

test("what forbids writing and what would change documents is set after they are written", () => {
  const settings = {
    index: { number_of_shards: "1", blocks: { write: "true" }, final_pipeline: "p", default_pipeline: "d" },
  };
  const indices = { "a é": { mappings: {}, settings } };

  expect(indexCreations(indices)).toEqual([
    {
      what: "index a é",
      method: "PUT",
      path: "/a%20%C3%A9",
      body: { mappings: {}, settings: { index: { number_of_shards: "1", default_pipeline: "d" } } },
    },
  ]);
  expect(lateSettingCreations(indices)).toMatchObject([
    { path: "/a%20%C3%A9/_settings", body: { index: { blocks: { write: "true" }, final_pipeline: "p" } } },
  ]);
});

test.each([
  ["http://localhost:9200", "http://localhost:9200"],
  ["http://localhost", "http://localhost:9200"],
  ["http://localhost:80", "http://localhost:80"],
  ["https://backup@search.example.com:443/?cafile=/ca.pem", "backup at search.example.com"],
  ["https://[::1]:9200", "https://[::1]:9200"],
])("%s is a target: %s", (text, account) => {
  expect(parseTarget(text)).toMatchObject({
    value: { family: "search", account, passwordVariable: "ELASTICSEARCH_PASSWORD" },
  });
});

test.each(["http://host/path", "http://host?x=1", "http://%@host", "http://user:secret@host"])(
  "%s is no target",
  (text) => {
    const reading = parseTarget(text);

    expect(reading).toHaveProperty("problem");
    expect(JSON.stringify(reading)).not.toContain("secret@");
  },
);

async function* pieces(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += size)
    yield await Promise.resolve(bytes.subarray(start, start + size));
}
