import { messageOf } from "../../failure.ts";
import type { SearchClient } from "./client.ts";
import { ask } from "./ask.ts";
import type { Cluster } from "./cluster.ts";
import { aliasPaths } from "./definitions.ts";
import { pathOf } from "./index-names.ts";
import { closePointInTime, openPointInTime } from "./point-in-time.ts";
import { blockRemedy, isBlocked, isForbidden, isNothing } from "./server-failure.ts";

/**
 * What would make a dump fail: tries one request of each kind that a dump makes, so that every one that the account may not is
 * named.
 * @param paths what is asked besides the indices
 */
export async function problemsOf(
  client: SearchClient,
  cluster: Cluster,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { read } = cluster.selection;
  const attempts: readonly Attempt[] = [
    ...paths.map((path) => asking(client, path, signal)),
    ...aliasPaths(cluster).map((path) => asking(client, path, signal)),
    ...read.flatMap(({ name, isRed }) => [
      asking(client, pathOf([name]), signal),
      ...(isRed ? [] : [{ what: `a search in ${name}`, act: () => search(client, cluster, name, signal) }]),
    ]),
  ];
  const problems = redProblems(cluster);
  for (const attempt of attempts) problems.push(...(await problemOf(attempt)));
  return problems;
}

function redProblems({ selection }: Cluster): string[] {
  return selection.read
    .filter(({ isRed }) => isRed)
    .map(
      ({ name }) =>
        `A primary shard of the index ${name} is missing: its documents cannot be read. Bring the cluster's health back from red.`,
    );
}

interface Attempt {
  /** For people. */
  readonly what: string;
  readonly act: () => Promise<unknown>;
}

function asking(client: SearchClient, path: string, signal: AbortSignal): Attempt {
  return { what: `GET ${path}`, act: () => ask(client, path, signal) };
}

async function search(
  client: SearchClient,
  { isOpenSearch }: Cluster,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const point = await openPointInTime(client, [name], isOpenSearch, signal);
  if (point === null) return;
  try {
    const pit = { id: point.id, keep_alive: point.keptFor };
    const body = JSON.stringify({ size: 1, sort: [isOpenSearch ? "_doc" : "_shard_doc"], _source: false, pit });
    await client.send({ method: "POST", path: "/_search", body, idempotent: true }, signal);
  } finally {
    await closePointInTime(client, point);
  }
}

async function problemOf({ what, act }: Attempt): Promise<readonly string[]> {
  try {
    await act();
    return [];
  } catch (error) {
    if (isNothing(error)) return [];
    if (isBlocked(error)) return [`The server is closed to ${what}: ${messageOf(error)}; ${blockRemedy}.`];
    if (!isForbidden(error)) throw error;
    return [`The account may not do ${what}: ${messageOf(error)}. Grant it what the server names.`];
  }
}
