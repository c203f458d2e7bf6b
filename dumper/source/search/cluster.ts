import * as z from "zod";
import { RunFailed } from "../../failure.ts";
import { ask } from "./ask.ts";
import type { SearchClient } from "./client.ts";
import { type IndexLimits, limitsOf } from "./limits.ts";
import { keptSourcesOf } from "./kept-source.ts";
import { type DataStream, type IndexFacts, selectIndices, type Selection } from "./selection.ts";
import { isUnknownRequest } from "./server-failure.ts";

export interface Product {
  readonly isOpenSearch: boolean;
  /** `8.19.2` */
  readonly version: string;
}

/** All that is decided before the first document is read. */
export interface Cluster extends Product {
  /** Those of indices that have limits of their own. */
  readonly limits: ReadonlyMap<string, IndexLimits>;
  /** The names of all indices that the account sees. */
  readonly seen: readonly string[];
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
  const names = indices.map(({ name }) => name);
  const sources = await keptSourcesOf(client, names, product, signal);
  const limits = await limitsOf(client, names, signal);
  return { ...product, limits, seen: names, selection: selectIndices(indices, streams, sources, product.isOpenSearch) };
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
