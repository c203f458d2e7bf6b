import { buffer } from "node:stream/consumers";
import { RunFailed } from "../failure.ts";
import { type SearchClient, ServerRefused } from "../source/search/client.ts";
import { ask } from "../source/search/ask.ts";
import { observeProduct } from "../source/search/cluster.ts";
import { parseExact } from "../source/search/exact-json.ts";
import { inGroups, pathOf } from "../source/search/index-names.ts";
import { writeDocuments } from "./search-bulk.ts";
import {
  aliasCreations,
  componentTemplateCreations,
  type Creation,
  dataStreamCreations,
  indexCreations,
  type IndexDefinition,
  indexTemplateCreations,
  lateSettingCreations,
  type Named,
  pipelineCreations,
  policyCreations,
  templateCreations,
} from "./search-definitions.ts";
import { type Document, linesOf, parseDocument } from "./search-document.ts";
import type { Restorable, RestorableObject, RestoreOptions } from "./target.ts";

/**
 * Restores a snapshot, or some of its objects, into a cluster that has none of its indices. Indices are made before the
 * templates, so that none of those changes them; aliases, and what forbids writing, come last.
 * @param progress told when the first thing is written
 */
export async function restoreSearch(
  { objects }: Restorable,
  client: SearchClient,
  { intoNonEmpty, signal }: RestoreOptions,
  progress: { hasBegun: boolean },
): Promise<void> {
  const { isOpenSearch } = await observeProduct(client, signal);
  const parts = new Map(objects.map((object) => [object.stored.name, object] as const));
  const definitions = async <T extends object>(name: string) => (await readDefinitions(parts.get(name))) as T;
  const indices = await definitions<Named<IndexDefinition>>("index");
  const streams = await definitions<Parameters<typeof dataStreamCreations>[0]>("data_stream");
  const streamNames = new Set((streams.data_streams ?? []).map(({ name }) => name));
  if (!intoNonEmpty) await refuseExisting([...Object.keys(indices), ...streamNames], client, signal);

  const before = [
    ...policyCreations(await definitions("policy"), isOpenSearch),
    ...pipelineCreations(await definitions("pipeline")),
    ...indexCreations(indices),
    ...componentTemplateCreations(await definitions("component_template")),
    ...indexTemplateCreations(await definitions("index_template")),
    ...templateCreations(await definitions("template")),
    ...dataStreamCreations(streams),
  ];
  const after = [...aliasCreations(await definitions("alias")), ...lateSettingCreations(indices)];
  progress.hasBegun = true;
  for (const one of before) await create(one, client, intoNonEmpty, signal);
  const data = parts.get("data");
  if (data !== undefined) {
    const action = (index: string) => (intoNonEmpty && !streamNames.has(index) ? "index" : "create");
    await writeDocuments(documentsOf(data), client, { action, signal });
  }
  for (const one of after) await create(one, client, intoNonEmpty, signal);
  // Without the word, hidden indices are left out of `_all`.
  await client.send({ method: "POST", path: "/_refresh?expand_wildcards=open,hidden", idempotent: true }, signal);
}

/** All of a part, read to its clean end; nothing when the snapshot has no such part or it is empty. */
async function readDefinitions(object: RestorableObject | undefined): Promise<object> {
  if (object === undefined) return {};
  const text = (await buffer(object.content())).toString("utf8");
  if (text === "") return {};
  // elasticdump's lines are texts that hold JSON, but for mappings.
  const line = JSON.parse(text) as unknown;
  return (typeof line === "string" ? parseExact(line) : parseExact(text)) as object;
}

async function* documentsOf(object: RestorableObject): AsyncGenerator<Document> {
  for await (const line of linesOf(object.content())) yield parseDocument(line);
}

async function refuseExisting(names: readonly string[], client: SearchClient, signal: AbortSignal): Promise<void> {
  for (const group of inGroups(names)) {
    const filter = "ignore_unavailable=true&expand_wildcards=all&filter_path=*.settings.index.uuid";
    const found = Object.keys((await ask(client, `${pathOf(group)}?${filter}`, signal)) as object);
    if (found.length === 0) continue;
    const problem = `the target has indices of the snapshot already: ${found.join(", ")}`;
    throw new RunFailed("invalid", problem, {
      remedy: "restore into an empty cluster, remove them, or add --into-non-empty",
    });
  }
}

async function create(
  { what, method, path, body }: Creation,
  client: SearchClient,
  mayExist: boolean,
  signal: AbortSignal,
): Promise<void> {
  try {
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    await client.send({ method, path, ...content, idempotent: false }, signal);
  } catch (error) {
    if (mayExist && error instanceof ServerRefused && error.type === "resource_already_exists_exception") return;
    if (!(error instanceof ServerRefused)) throw error;
    const remedy = "restore into a cluster of the same product that is not older and has the same features";
    throw new RunFailed("source", `the server does not take ${what}: ${error.message}`, { remedy, cause: error });
  }
}
