import type { SourceCheck, SourceReport } from "../source.ts";
import type { SearchClient } from "./client.ts";
import { type Cluster, observeCluster } from "./cluster.ts";
import { closePointInTime, openPointInTime } from "./point-in-time.ts";
import { pathOf } from "./index-names.ts";
import { isForbidden, isNothing, searchFailed } from "./server-failure.ts";
import { version } from "../../../contract/version.ts";
import { messageOf } from "../../failure.ts";

interface CheckContext {
  readonly skipped: Set<string>;
  readonly notes: Set<string>;
  readonly report: () => SourceReport;
  readonly signal: AbortSignal;
}

/** Looks at the cluster and tries one request of each kind that a dump makes: every one that the account may not is named. */
export async function checkCluster(client: SearchClient, context: CheckContext): Promise<SourceCheck> {
  const { signal, skipped, report } = context;
  try {
    const cluster = await observeCluster(client, signal);
    for (const one of cluster.selection.skipped) skipped.add(one);
    const problems = [...redProblems(cluster), ...(await forbidden(client, cluster, signal))];
    return { versions: { server: cluster.version, tool: version }, problems, report: report() };
  } catch (error) {
    signal.throwIfAborted();
    throw searchFailed(error, "the cluster cannot be looked at", client);
  }
}

function redProblems({ selection }: Cluster): readonly string[] {
  return selection.read
    .filter(({ isRed }) => isRed)
    .map(
      ({ name }) =>
        `A primary shard of the index ${name} is missing: its documents cannot be read. Bring the cluster's health back from red.`,
    );
}

async function forbidden(client: SearchClient, cluster: Cluster, signal: AbortSignal): Promise<readonly string[]> {
  const policies = cluster.isOpenSearch ? "/_plugins/_ism/policies" : "/_ilm/policy";
  const paths = [policies, "/_ingest/pipeline", "/_component_template", "/_index_template", "/_template"];
  const problems: string[] = [];
  for (const path of paths)
    problems.push(
      ...(await problemOf(`GET ${path}`, () => client.send({ method: "GET", path, idempotent: true }, signal))),
    );
  for (const { name, isRed } of cluster.selection.read) {
    const path = pathOf([name]);
    problems.push(
      ...(await problemOf(`GET ${path}`, () => client.send({ method: "GET", path, idempotent: true }, signal))),
    );
    if (isRed) continue; // a problem of its own
    problems.push(...(await problemOf(`a search in ${name}`, () => search(client, cluster, name, signal))));
  }
  return problems;
}

async function search(
  client: SearchClient,
  { isOpenSearch }: Cluster,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const point = await openPointInTime(client, [name], isOpenSearch, signal);
  if (point !== null) await closePointInTime(client, point);
}

async function problemOf(what: string, request: () => Promise<unknown>): Promise<readonly string[]> {
  try {
    await request();
    return [];
  } catch (error) {
    if (isNothing(error)) return [];
    if (!isForbidden(error)) throw error;
    return [`The account may not do ${what}: ${messageOf(error)}. Grant it what the server names.`];
  }
}
