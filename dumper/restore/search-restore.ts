import { buffer } from "node:stream/consumers";
import { RunFailed } from "../failure.ts";
import type { SearchClient } from "../source/search/client.ts";
import { ask } from "../source/search/ask.ts";
import { observeProduct } from "../source/search/cluster.ts";
import { parseExact } from "../source/search/exact-json.ts";
import { inGroups, pathOf } from "../source/search/index-names.ts";
import { writeDocuments } from "./search-bulk.ts";
import { type Aliases, makeAliases } from "./search-aliases.ts";
import {
  componentTemplateCreations,
  dataStreamCreations,
  type IndexDefinition,
  indexTemplateCreations,
  type Named,
  pipelineCreations,
  policyCreations,
  templateCreations,
} from "./search-definitions.ts";
import { makeIndices, makeStreams } from "./search-indices.ts";
import { SearchReport } from "./search-report.ts";
import { templateNotes } from "./search-templates.ts";
import type { RestoreReport } from "./report.ts";
import { create } from "./search-create.ts";
import { type Document, linesOf, parseDocument } from "./search-document.ts";
import type { Restorable, RestorableObject, RestoreOptions } from "./target.ts";

/**
 * Restores a snapshot, or some of its objects, into a cluster that has none of its indices. Indices are made before the
 * templates, so that none of those changes them; aliases, replicas, and what forbids writing, come last.
 * @param progress told when the first thing is written
 */
export async function restoreSearch(
  { objects }: Restorable,
  client: SearchClient,
  { intoNonEmpty, keepGoing, indexSettings, signal }: RestoreOptions,
  progress: { hasBegun: boolean },
): Promise<RestoreReport> {
  const { isOpenSearch } = await observeProduct(client, signal);
  const parts = new Map(objects.map((object) => [object.stored.name, object] as const));
  const definitions = async <T extends object>(name: string) => (await readDefinitions(parts.get(name))) as T;
  const indices = await definitions<Named<IndexDefinition>>("index");
  const streams = await definitions<Parameters<typeof dataStreamCreations>[0]>("data_stream");
  const streamNames = (streams.data_streams ?? []).map(({ name }) => name);
  if (!intoNonEmpty) await refuseExisting([...Object.keys(indices), ...streamNames], client, signal);

  const report = new SearchReport(keepGoing);
  const creating = { client, mayExist: intoNonEmpty, report, signal };
  for (const note of await templateNotes(Object.keys(indices), client, signal)) report.note(note);
  const before = [
    ...policyCreations(await definitions("policy"), isOpenSearch),
    ...pipelineCreations(await definitions("pipeline")),
  ];
  const templates = [
    ...componentTemplateCreations(await definitions("component_template")),
    ...indexTemplateCreations(await definitions("index_template")),
    ...templateCreations(await definitions("template")),
  ];
  const aliases = await definitions<Aliases>("alias");
  progress.hasBegun = true;
  for (const one of before) await create(one, creating);
  const ofIndices = await makeIndices(indices, indexSettings, creating);
  for (const one of templates) await create(one, creating);
  const ofStreams = await makeStreams(dataStreamCreations(streams), streamNames, indexSettings, creating);
  const missing = new Set([...ofIndices.missing, ...ofStreams.missing]);
  const data = parts.get("data");
  if (data !== undefined) {
    const isNew = new Set(streamNames);
    const action = (index: string) => (intoNonEmpty && !isNew.has(index) ? "index" : "create");
    await writeDocuments(documentsOf(data, missing, report), client, { action, report, signal });
  }
  await makeAliases(aliases, missing, creating);
  for (const one of [...ofStreams.late, ...ofIndices.late]) await create(one, creating);
  // Without the word, hidden indices are left out of `_all`.
  await client.send({ method: "POST", path: "/_refresh?expand_wildcards=open,hidden", idempotent: true }, signal);
  return report.whole();
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

/** @param missing what the server has not taken, whose documents are passed over */
async function* documentsOf(
  object: RestorableObject,
  missing: ReadonlySet<string>,
  report: SearchReport,
): AsyncGenerator<Document> {
  for await (const line of linesOf(object.content())) {
    const document = parseDocument(line);
    if (document.source === null) report.passOver(document.index);
    else if (!missing.has(document.index)) yield { ...document, source: document.source };
  }
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
