import { version } from "../../../contract/version.ts";
import type { SearchRequest } from "../../../contract/search-request.ts";
import type { DumpPart, DumpVersions, Source } from "../source.ts";
import { openClient, type SearchClient } from "./client.ts";
import { checkCluster } from "./check.ts";
import { type Cluster, observeCluster } from "./cluster.ts";
import { dataStreams, type DefinitionDump, indexDefinitions, listed, named, policies } from "./definitions.ts";
import { documents } from "./documents.ts";
import { searchFailed } from "./server-failure.ts";

/** The kinds of data but the documents, in the order in which they are dumped, by elasticdump's names where it has one. */
const definitions: readonly (readonly [
  name: string,
  skip: SearchRequest["skip"][number] | null,
  dump: DefinitionDump,
])[] = [
  ["policy", "policies", policies],
  ["pipeline", "pipelines", named("/_ingest/pipeline", "ingest pipeline")],
  [
    "component_template",
    "templates",
    listed("/_component_template", "component_templates", "component_template", "component template"),
  ],
  ["index_template", "templates", listed("/_index_template", "index_templates", "index_template", "index template")],
  ["template", "templates", named("/_template", "legacy template")],
  ["index", null, indexDefinitions("index")],
  ["settings", null, indexDefinitions("settings")],
  ["analyzer", null, indexDefinitions("analyzer")],
  ["mapping", null, indexDefinitions("mapping")],
  ["alias", null, indexDefinitions("alias")],
  ["data_stream", null, dataStreams],
];

/** The documents and settings of an Elasticsearch or OpenSearch cluster as JSON lines, one object for each kind of data. */
export function searchSource(request: SearchRequest): Source {
  const skipped = new Set(request.skip.map((kind) => `${kind}: left out on purpose`));
  const notes = new Set([exportNote]);
  const report = () => ({ skipped: [...skipped], notes: [...notes] });
  return {
    engine: request.kind,
    report,
    check: (signal) => withClient(request, (client) => checkCluster(client, { skipped, notes, report, signal })),
    parts: (signal) => parts(request, { skipped, notes, signal }),
  };
}

const exportNote =
  "This is an export of documents and settings, which other versions can read. It is not a snapshot of the cluster: users, roles, " +
  "the cluster's own settings, stored scripts and the history of documents are not in it.";

/** What is told in the manifest, gathered on the way. */
interface Told {
  readonly skipped: Set<string>;
  readonly notes: Set<string>;
  readonly signal: AbortSignal;
}

async function* parts(request: SearchRequest, told: Told): AsyncGenerator<DumpPart> {
  const client = openClient(request);
  try {
    const cluster = await observed(client, told);
    const versions = { server: cluster.version, tool: version };
    for (const [name, skip, dump] of definitions) {
      if (skip !== null && request.skip.includes(skip)) continue;
      const open = (signal: AbortSignal) =>
        explained(dump({ client, cluster, skipped: told.skipped, signal }), name, client, signal);
      yield part(name, versions, open);
    }
    const open = (signal: AbortSignal) => {
      const reading = {
        client,
        cluster,
        limit: request.pageSize,
        notes: told.notes,
        kept: new Set<() => Promise<void>>(),
        signal,
      };
      return explained(documents(reading), "data", client, signal);
    };
    yield part("data", versions, open);
  } finally {
    client.close();
  }
}

async function observed(client: SearchClient, { skipped, signal }: Told): Promise<Cluster> {
  try {
    const cluster = await observeCluster(client, signal);
    for (const one of cluster.selection.skipped) skipped.add(one);
    return cluster;
  } catch (error) {
    signal.throwIfAborted();
    throw searchFailed(error, "the cluster cannot be looked at", client);
  }
}

/** JSON lines have no end mark: the stream itself ends only when all is whole. */
function part(name: string, versions: DumpVersions, open: (signal: AbortSignal) => AsyncIterable<Buffer>): DumpPart {
  return { name, dump: { kind: "stream", open }, judge: () => versions };
}

/** The same bytes; what goes wrong is told as the user needs it. */
async function* explained(
  bytes: AsyncIterable<Buffer>,
  name: string,
  client: SearchClient,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  try {
    yield* bytes;
  } catch (error) {
    signal.throwIfAborted();
    throw searchFailed(error, `the part ${JSON.stringify(name)} cannot be read`, client);
  }
}

async function withClient<T>(request: SearchRequest, use: (client: SearchClient) => Promise<T>): Promise<T> {
  const client = openClient(request);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}
