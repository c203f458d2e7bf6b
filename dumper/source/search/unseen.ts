import * as z from "zod";
import { messageOf } from "../../failure.ts";
import { ask } from "./ask.ts";
import { type SearchClient, ServerRefused } from "./client.ts";
import type { Cluster } from "./cluster.ts";
import { Grants, restrictionOf } from "./grants.ts";
import { inGroups, pathOf } from "./index-names.ts";
import { isForbidden, isUnknownRequest } from "./server-failure.ts";
import { systemOwner } from "./system-indices.ts";

/** What there is and does not reach the dump because the account does not see it. */
export interface Unseen {
  readonly skipped: readonly string[];
  readonly notes: readonly string[];
}

/**
 * Looks for what the account does not see: a list of indices has those that it may see and no word of others, and so have searches
 * for documents and fields.
 */
export async function unseenOf(client: SearchClient, cluster: Cluster, signal: AbortSignal): Promise<Unseen> {
  const [indices, within] = [await unseenIndices(client, cluster, signal), await unseenWithin(client, cluster, signal)];
  return { skipped: [...indices.skipped, ...within.skipped], notes: [...indices.notes, ...within.notes] };
}

const Health = z.object({ indices: z.record(z.string(), z.unknown()).optional() });

/** The cluster's health knows every index, whoever asks. */
async function unseenIndices(client: SearchClient, cluster: Cluster, signal: AbortSignal): Promise<Unseen> {
  const path = "/_cluster/health?level=indices&expand_wildcards=all&filter_path=indices.*.status";
  const health = await ifAnswered(() => ask(client, path, signal));
  if ("why" in health) {
    const note = `Whether there are indices that the account does not see could not be asked: ${health.why}.`;
    return { skipped: [], notes: [note] };
  }
  const seen = new Set(cluster.seen);
  const names = Object.keys(Health.parse(health.answer).indices ?? {}).filter(
    (name) => !seen.has(name) && systemOwner(name.replace(/^\.ds-/, ""), cluster.isOpenSearch) === null,
  );
  const found = await madeMeanwhile(client, names, signal);
  const unseen = names.filter((name) => !found.has(name)).sort();
  return { skipped: unseen.map((name) => `index ${name}: there is one, and the account does not see it`), notes: [] };
}

/** Those of the indices that can be seen all the same: they are younger than the list of all. */
async function madeMeanwhile(
  client: SearchClient,
  names: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const group of inGroups(names)) {
    const path = `${pathOf(group)}/_settings?ignore_unavailable=true&filter_path=*.settings.index.uuid`;
    const asked = await ifAnswered(() => ask(client, path, signal));
    for (const name of Object.keys("answer" in asked ? (asked.answer as object) : {})) found.add(name);
  }
  return found;
}

/** Documents and fields, which Elasticsearch tells by the account's own grants. OpenSearch tells them only to its administrators. */
async function unseenWithin(client: SearchClient, cluster: Cluster, signal: AbortSignal): Promise<Unseen> {
  const path = cluster.isOpenSearch ? "/_plugins/_security/authinfo" : "/_security/user/_privileges";
  const asked = await ifAnswered(() => ask(client, path, signal));
  const why = "why" in asked ? asked.why : "OpenSearch does not tell an account";
  if (why === noSecurity) return { skipped: [], notes: [] };
  if ("why" in asked || cluster.isOpenSearch) {
    const note = `Whether the account sees every document and field of the indices could not be asked: ${why}.`;
    return { skipped: [], notes: [`${note} What it does not see is not in the dump.`] };
  }
  const grants = Grants.parse(asked.answer);
  const { read, streamOf } = cluster.selection;
  const skipped = read.flatMap(({ name }) => {
    const { documents, fields } = restrictionOf(grants, [name, streamOf.get(name) ?? name]);
    return [
      ...(documents
        ? [`documents of index ${name}: the account sees some of them only (document level security)`]
        : []),
      ...(fields
        ? [`fields of the documents of index ${name}: the account sees some only (field level security)`]
        : []),
    ];
  });
  return { skipped, notes: [] };
}

const noSecurity = "the server does not know such a request";

/** An API key's grants are not told (status 400), and some offerings lack the request (status 410). */
async function ifAnswered(
  act: () => Promise<unknown>,
): Promise<{ readonly answer: unknown } | { readonly why: string }> {
  try {
    return { answer: await act() };
  } catch (error) {
    if (isUnknownRequest(error)) return { why: noSecurity };
    const isTold = isForbidden(error) || (error instanceof ServerRefused && [400, 404, 410].includes(error.status));
    if (isTold) return { why: messageOf(error) };
    throw error;
  }
}
