import * as z from "zod";
import { RunFailed } from "../../failure.ts";
import type { SearchClient } from "./client.ts";
import { inGroups, pathOf } from "./index-names.ts";
import { type DataStream, type IndexFacts, selectIndices, type Selection } from "./selection.ts";
import { isUnknownRequest } from "./server-failure.ts";

export interface Product {
  readonly isOpenSearch: boolean;
  /** `8.19.2` */
  readonly version: string;
}

/** All that is decided before the first document is read. */
export interface Cluster extends Product {
  readonly selection: Selection;
}

const Root = z.object({ version: z.object({ number: z.string(), distribution: z.string().optional() }) });

/** A number as text; absent for an index that is closed. */
const count = z
  .string()
  .nullish()
  .transform((text) => Number(text ?? 0));
const CatIndices = z.array(
  z
    .object({
      index: z.string(),
      status: z.string(),
      health: z.string().nullish(),
      pri: count,
      "docs.count": count,
      "pri.store.size": count,
    })
    .transform((row): IndexFacts => ({
      name: row.index,
      isOpen: row.status === "open",
      isRed: row.health === "red",
      shards: row.pri,
      documents: row["docs.count"],
      storeBytes: row["pri.store.size"],
    })),
);

const DataStreams = z.object({
  data_streams: z.array(
    z
      .object({ name: z.string(), indices: z.array(z.object({ index_name: z.string() })) })
      .transform(({ name, indices }): DataStream => ({ name, backing: indices.map(({ index_name }) => index_name) })),
  ),
});

const Sources = z.record(z.string(), z.object({ mappings: z.object({ _source: z.object({ enabled: z.unknown() }) }) }));

/** Asks which product and version answers. @throws {RunFailed} when it is neither of the two */
export async function observeProduct(client: SearchClient, signal: AbortSignal): Promise<Product> {
  const root = Root.safeParse(await ask(client, "/", signal));
  if (!root.success) {
    const remedy = "check ELASTICSEARCH_HOST and ELASTICSEARCH_PORT";
    throw new RunFailed("source", "what answers is neither Elasticsearch nor OpenSearch", { remedy });
  }
  const { number: version, distribution } = root.data.version;
  return { version, isOpenSearch: distribution === "opensearch" };
}

/** Looks at all that there is, and decides what is dumped. */
export async function observeCluster(client: SearchClient, signal: AbortSignal): Promise<Cluster> {
  const product = await observeProduct(client, signal);
  const columns = "index,status,health,pri,docs.count,pri.store.size";
  const path = `/_cat/indices?expand_wildcards=all&h=${columns}&bytes=b&format=json&s=index`;
  const indices = CatIndices.parse(await ask(client, path, signal));
  const streams = await dataStreamsOf(client, product, signal);
  const sourceless = await sourcelessOf(client, indices, signal);
  return { ...product, selection: selectIndices(indices, streams, sourceless, product.isOpenSearch) };
}

/** The answer to a GET request. */
export async function ask(client: SearchClient, path: string, signal: AbortSignal): Promise<unknown> {
  return JSON.parse((await client.send({ method: "GET", path, idempotent: true }, signal)).toString("utf8")) as unknown;
}

async function dataStreamsOf(
  client: SearchClient,
  { isOpenSearch }: Product,
  signal: AbortSignal,
): Promise<readonly DataStream[]> {
  try {
    const path = isOpenSearch ? "/_data_stream/*" : "/_data_stream/*?expand_wildcards=all";
    return DataStreams.parse(await ask(client, path, signal)).data_streams;
  } catch (error) {
    if (isUnknownRequest(error)) return []; // a distribution without data streams
    throw error;
  }
}

async function sourcelessOf(
  client: SearchClient,
  indices: readonly IndexFacts[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (const group of inGroups(indices.map(({ name }) => name))) {
    const path = `${pathOf(group)}/_mapping?filter_path=*.mappings._source.enabled&ignore_unavailable=true&expand_wildcards=all`;
    const sources = Sources.parse(await ask(client, path, signal));
    for (const [name, { mappings }] of Object.entries(sources)) {
      if (String(mappings._source.enabled) === "false") names.add(name);
    }
  }
  return names;
}
