import type { SearchServer } from "../bed/search.ts";
import { index, send } from "./search-server.ts";

const mebibyte = 2 ** 20;

/** Numbers that JavaScript cannot hold, line breaks between tokens, and everything that a quote may hide. */
export const awkwardSource = `{"name": "quote \\" backslash \\\\ \\\\\\" brace }{ ][ \\u2028 é 😀",\r\n\t"raw": { "big": 12345678901234567890, "exact": 1.10, "huge": 1e400,\n "_index": "x", "sort": [1] },\n "nested": [{"_index": "y", "sort": [2]}, {"key": "a", "n": 1}], "at": "2024-02-29T12:00:00.123456789Z",\n "data": "AAECAwQ=", "range": {"gte": 1, "lt": 5}, "place": {"lat": 48.1, "lon": -1.7}, "ip": "2001:db8::1"}`;

/** Of {@link awkwardSource}. */
const fields = {
  raw: { type: "object", enabled: false },
  nested: { type: "nested", properties: { key: { type: "keyword" }, n: { type: "long" } } },
  at: { type: "date_nanos" },
  data: { type: "binary" },
  range: { type: "integer_range" },
  place: { type: "geo_point" },
  ip: { type: "ip" },
};

/** Fills a cluster with what a dump may stumble over. */
export async function fill(server: SearchServer): Promise<void> {
  await send(server, "PUT", "/_ingest/pipeline/nothing", { description: "does nothing", processors: [] });
  await send(server, "PUT", "/_component_template/parts", {
    template: { mappings: { properties: { part: { type: "keyword" } } } },
    version: 3,
  });
  await send(server, "PUT", "/_index_template/logs-shop", {
    index_patterns: ["logs-shop*"],
    composed_of: ["parts"],
    priority: 700,
    ...(server.product === "opensearch" ? { data_stream: {} } : {}),
    _meta: { note: "é" },
  });
  await send(server, "PUT", "/_template/old", {
    index_patterns: ["old-*"],
    order: 1,
    mappings: { properties: { a: { type: "long" } } },
  });
  await fillShop(server);
  await fillOthers(server);
  if (server.product === "opensearch") await fillStream(server);
}

/** Dense vectors are of x-pack in 7.17, and of a plugin in OpenSearch. */
export function hasVectors({ product, version }: SearchServer): boolean {
  return product === "elasticsearch" && version !== "7.17";
}

/** One index with every kind of field that the version has. */
async function fillShop(server: SearchServer): Promise<void> {
  await send(server, "PUT", "/shop", {
    settings: {
      number_of_shards: 3,
      number_of_replicas: 0,
      analysis: { analyzer: { plain: { type: "standard", max_token_length: 20 } } },
    },
    mappings: {
      properties: {
        ...fields,
        name: { type: "text", analyzer: "plain", fields: { raw: { type: "keyword", ignore_above: 10 } } },
        ...(hasVectors(server) ? { vector: { type: "dense_vector", dims: 3, similarity: "cosine", index: true } } : {}),
      },
    },
    aliases: {
      "all-é+%": {},
      cheap: { filter: { range: { n: { lt: 10 } } }, routing: "r" },
      writer: { is_write_index: true },
    },
  });
  const vector = hasVectors(server) ? `,"vector":[0.1,0.25,-3.5]` : "";
  await index(server, [
    { index: "shop", id: 'odd "id"/é ?#', source: '{"n":1}', routing: "r/é" },
    { index: "shop", id: "vector", source: `{"n":2${vector}}` },
    ...Array.from({ length: 1_500 }, (_, n) => ({
      index: "shop",
      id: `${n}`,
      source: `{"n":${n},"note":"número ${n}"}`,
    })),
  ]);
  // A bulk request takes a document on one line only; this one has several.
  await send(server, "PUT", "/awkward", { settings: { number_of_replicas: 0 }, mappings: { properties: fields } });
  await send(server, "PUT", "/awkward/_doc/1?refresh=true&routing=x", awkwardSource);
}

async function fillOthers(server: SearchServer): Promise<void> {
  const small = { number_of_shards: 1, number_of_replicas: 0 };
  await send(server, "PUT", "/empty", { settings: small });
  // It is never refreshed by itself, so that what a restore wrote is seen only when the restore had it refreshed.
  await send(server, "PUT", "/.my-app", { settings: { ...small, hidden: true, refresh_interval: "-1" } });
  await send(server, "PUT", `/${encodeURIComponent("índice-日本")}`, { settings: small });
  await send(server, "PUT", "/sealed", { settings: small });
  await send(server, "PUT", "/piped", {
    settings: { ...small, default_pipeline: "nothing", final_pipeline: "nothing" },
  });
  const lean = Object.entries(leanIndices(server));
  for (const [name, { definition }] of lean) await send(server, "PUT", `/${name}`, definition);
  await send(server, "PUT", "/closed", { settings: small });
  await send(server, "PUT", "/large", {
    settings: small,
    mappings: { properties: { text: { type: "text", index: false } } },
  });
  await index(server, [
    { index: ".my-app", id: "1", source: '{"hidden":true}' },
    { index: "índice-日本", id: "1", source: '{"a":"日本"}' },
    { index: "sealed", id: "1", source: '{"a":1}' },
    { index: "piped", id: "1", source: '{"a":1.50,"b":2}' },
    ...lean.map(([name]) => ({ index: name, id: "1", source: '{"n":1,"a":[2,1],"secret":{"x":1,"y":2}}' })),
    { index: "closed", id: "1", source: '{"a":1}' },
    ...Array.from({ length: 8 }, (_, n) => ({
      index: "large",
      id: `${n}`,
      source: `{"n":${n},"text":"${noise(n)}"}`,
    })),
  ]);
  await send(server, "PUT", "/sealed/_settings", { "index.blocks.write": true });
  await send(server, "POST", "/closed/_close");
}

/** Indices that do not keep whole documents as they were sent, each with what the manifest says of it. */
export function leanIndices({ product, version }: SearchServer): Readonly<Record<string, LeanIndex>> {
  const bySetting = { settings: { "index.mapping.source.mode": "disabled" } };
  const byMapping = { mappings: { _source: { mode: "disabled" } } };
  const synthetic = { settings: { "index.mapping.source.mode": "synthetic" } };
  const derived = { settings: { "index.derived_source.enabled": true } };
  const none = "it keeps no _source, so that they cannot be restored";
  const hasModes = product === "elasticsearch" && version !== "7.17";
  return {
    excluding: {
      definition: { mappings: { _source: { excludes: ["secret.*", "n"] } } },
      skipped: 'fields of the documents of index excluding: it keeps no "secret.*", "n" of _source',
    },
    including: {
      definition: { mappings: { _source: { includes: ["a"] } } },
      skipped: 'fields of the documents of index including: it keeps only "a" of _source',
    },
    "no-source": {
      definition: { mappings: { _source: { enabled: false } } },
      skipped: `documents of index no-source: ${none}`,
    },
    ...(hasModes && {
      "no-source-by-mode": {
        definition: version === "8" ? byMapping : bySetting,
        skipped: `documents of index no-source-by-mode: ${none}`,
      },
    }),
    ...((hasModes || (product === "opensearch" && version === "3")) && {
      synthetic: { definition: hasModes ? synthetic : derived, note: "The documents of synthetic are as the server" },
    }),
  };
}

interface LeanIndex {
  readonly definition: object;
  readonly skipped?: string;
  readonly note?: string;
}

async function fillStream(server: SearchServer): Promise<void> {
  const documents = (round: number) =>
    Array.from({ length: 20 }, (_, n) => ({
      index: "logs-shop",
      id: `${round}-${n}`,
      source: `{"@timestamp":"2024-01-0${round}","n":${n}}`,
    }));
  await index(server, documents(1));
  await send(server, "POST", "/logs-shop/_rollover");
  await index(server, documents(2));
}

/** A mebibyte of text in which little repeats. */
function noise(seed: number): string {
  let state = seed + 1;
  return Array.from({ length: mebibyte / 8 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state.toString(16).padStart(8, "0");
  }).join("");
}
