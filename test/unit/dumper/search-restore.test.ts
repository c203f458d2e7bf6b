import { expect, test } from "@jest/globals";
import { linesOf, parseDocument } from "../../../dumper/restore/search-document.ts";
import { placedSettings, streamSettings } from "../../../dumper/restore/search-index-settings.ts";
import { relaxedMapping } from "../../../dumper/restore/search-mapping.ts";
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

  expect({ ...others, source: source?.toString("utf8") }).toEqual(expected);
});

test("a line without its document has none", () => {
  const line = '{"_index":"a","_id":"_source","_score":null}';

  expect(parseDocument(Buffer.from(line))).toEqual({ index: "a", id: "_source", routing: null, source: null });
});

test.each(["", "{}", '{"_index":"a"}', '{"a":{"_source":{}}}', '{"_index":"a","_source":{"n":1'])(
  "a line that is no document is refused: %s",
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

const settings = {
  number_of_shards: "1",
  number_of_replicas: "2",
  auto_expand_replicas: "0-1",
  default_pipeline: "d",
  final_pipeline: "p",
  analysis: { analyzer: { plain: { type: "custom", filter: ["a", "b"] } } },
  mapping: { total_fields: { limit: "5" }, nested_objects: { limit: "1" }, dimension_fields: { limit: "7" } },
  blocks: { write: "true", read_only_allow_delete: "true" },
  lifecycle: { name: "weekly" },
  write: { wait_for_active_shards: "all" },
  routing: { allocation: { require: { box: "hot" }, include: { _tier_preference: "data_content" } } },
};

const noLimit = "2147483647";
function limits<T>(limit: T): Readonly<Record<string, T>> {
  const names = ["total_fields", "nested_fields", "nested_objects"];
  return Object.fromEntries(names.map((name) => [`mapping.${name}.limit`, limit]));
}

test("what is in the way of documents is set after they are written, and what binds an index to a cluster is not", () => {
  const { first, late, leftOut } = placedSettings(settings, "portable");

  expect(first).toEqual({
    number_of_shards: "1",
    number_of_replicas: "0",
    default_pipeline: "_none",
    final_pipeline: "_none",
    "analysis.analyzer.plain.type": "custom",
    "analysis.analyzer.plain.filter": ["a", "b"],
    ...limits(noLimit),
    "mapping.dimension_fields.limit": "7",
  });
  expect(late).toEqual({
    number_of_replicas: "2",
    auto_expand_replicas: "0-1",
    default_pipeline: "d",
    final_pipeline: "p",
    ...limits(null),
    "mapping.total_fields.limit": "5",
    "mapping.nested_objects.limit": "1",
    "blocks.write": "true",
    "lifecycle.name": "weekly",
  });
  expect(leftOut).toEqual([
    "blocks.read_only_allow_delete=true",
    "write.wait_for_active_shards=all",
    "routing.allocation.require.box=hot",
  ]);
});

test("all settings are set where they are asked for, those that bind an index after its documents", () => {
  const { late, leftOut } = placedSettings(settings, "all");

  expect(late).toMatchObject({
    "write.wait_for_active_shards": "all",
    "routing.allocation.require.box": "hot",
    "routing.allocation.include._tier_preference": "data_content",
    "blocks.read_only_allow_delete": "true",
  });
  expect(leftOut).toEqual([]);
});

test.each([
  [{ store: { type: "snapshot", snapshot: { index_uuid: "a" } }, shard_limit: { group: "frozen" } }, 3],
  [{ frozen: "true", search: { throttled: "true", idle: { after: "1s" } } }, 2],
  [{ store: { type: "hybridfs" }, routing_partition_size: "1", mode: "standard" }, 0],
])("what the server alone may set is left out: %j", (index, count) => {
  expect(placedSettings(index, "portable").leftOut).toHaveLength(count);
});

test("a limit beyond which fields are not mapped stays as it is", () => {
  const mapping = { total_fields: { limit: "5", ignore_dynamic_beyond_limit: "true" }, nested_objects: { limit: "2" } };
  const { first, late } = placedSettings({ mapping }, "portable");

  expect(first).toMatchObject({ "mapping.total_fields.limit": "5", "mapping.nested_objects.limit": noLimit });
  expect(late).toMatchObject({ "mapping.nested_objects.limit": "2" });
  expect(late).not.toHaveProperty(["mapping.total_fields.limit"]);
});

const number = { type: "integer" };
test.each([
  [{ dynamic: "strict" }, { dynamic: "false" }],
  [
    { properties: { o: { type: "nested", dynamic: "strict" } } },
    { properties: { o: { type: "nested", dynamic: "false" } } },
  ],
  [{ properties: { n: { ...number, coerce: false } } }, { properties: { n: { ...number, coerce: true } } }],
  [
    { properties: { t: { fields: { n: { ...number, ignore_malformed: false } } } } },
    { properties: { t: { fields: { n: { ...number, ignore_malformed: true } } } } },
  ],
])("a mapping is without what may refuse documents: %j", (mappings, expected) => {
  expect(relaxedMapping(mappings, false)).toEqual(expected);
});

test.each([
  [{}, false],
  [{ dynamic: "true", properties: { dynamic: { type: "keyword" }, strict: { dynamic: "runtime" } } }, false],
  [{ dynamic: "strict_allow_templates", _meta: { dynamic: "strict" } }, false],
  [{ properties: { n: { ...number, coerce: false, ignore_malformed: true } } }, false],
  [{ properties: { n: { ...number, coerce: false } } }, true],
  [{ properties: { n: { ...number, ignore_malformed: false, time_series_dimension: true } } }, false],
])("a mapping in which nothing does stays as it is: %j", (mappings, ignoresMalformed) => {
  expect(relaxedMapping(mappings, ignoresMalformed)).toBeNull();
});

test("what a template has given the index behind a data stream is taken out of the way while documents are written", () => {
  const portable = streamSettings(settings, "portable");
  const all = streamSettings(settings, "all");

  const now = {
    final_pipeline: "_none",
    "mapping.total_fields.limit": noLimit,
    "mapping.nested_objects.limit": noLimit,
    "blocks.read_only_allow_delete": null,
    "write.wait_for_active_shards": null,
    "routing.allocation.require.box": null,
  };
  expect([portable.first, all.first]).toEqual([now, now]);
  expect(portable.late).toEqual({
    final_pipeline: "p",
    "mapping.total_fields.limit": "5",
    "mapping.nested_objects.limit": "1",
  });
  expect(all.late).toMatchObject({ final_pipeline: "p", "write.wait_for_active_shards": "all" });
  expect([portable.leftOut.length, all.leftOut]).toEqual([3, []]);
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
