import { version } from "../../../contract/version.ts";
import type { SearchRequest } from "../../../contract/search-request.ts";
import type { DumpPart, DumpVersions, Source } from "../source.ts";
import { openClient, type SearchClient } from "./client.ts";
import { problemsOf } from "./check.ts";
import { type Cluster, observeCluster } from "./cluster.ts";
import { documents } from "./documents.ts";
import { definitionKinds } from "./kinds.ts";
import { unseenOf } from "./unseen.ts";
import { searchFailed } from "./server-failure.ts";

/** The documents and settings of an Elasticsearch or OpenSearch cluster as JSON lines, one object for each kind of data. */
export function searchSource(request: SearchRequest): Source {
  const skipped = new Set(request.skip.map((kind) => `${kind}: left out on purpose`));
  const notes = new Set([exportNote]);
  const report = () => ({ skipped: [...skipped], notes: [...notes] });
  return {
    engine: request.kind,
    report,
    check: (signal) =>
      withClient(request, (client) =>
        looking(client, signal, async () => {
          const cluster = await observed(client, { skipped, notes, signal });
          const paths = definitionKinds(cluster.isOpenSearch, request.skip).flatMap(({ path }) => path ?? []);
          const problems = await problemsOf(client, cluster, paths, signal);
          return { versions: { server: cluster.version, tool: version }, names: [], problems, report: report() };
        }),
      ),
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
    const cluster = await looking(client, told.signal, () => observed(client, told));
    const versions = { server: cluster.version, tool: version };
    for (const { name, dump } of definitionKinds(cluster.isOpenSearch, request.skip)) {
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
        skipped: told.skipped,
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

async function observed(client: SearchClient, { skipped, notes, signal }: Told): Promise<Cluster> {
  const cluster = await observeCluster(client, signal);
  for (const told of [cluster.selection, await unseenOf(client, cluster, signal)]) {
    for (const one of told.skipped) skipped.add(one);
    for (const one of told.notes) notes.add(one);
  }
  return cluster;
}

/** What goes wrong before the first document is told as the user needs it. */
async function looking<T>(client: SearchClient, signal: AbortSignal, look: () => Promise<T>): Promise<T> {
  try {
    return await look();
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
