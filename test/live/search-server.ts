import type { Environment } from "../../contract/dump-request.ts";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { SearchServer } from "../bed/search.ts";
import type { TestStorage } from "./storages.ts";

/** Sends a request and gives the answer's text. @throws when the status is 400 or more */
export async function send(
  server: { readonly url: string },
  method: string,
  path: string,
  body?: unknown,
): Promise<string> {
  const type = path.includes("_bulk") ? "application/x-ndjson" : "application/json";
  const content = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
  const answer = await fetch(server.url + path, { method, headers: { "content-type": type }, ...content });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 500)}`);
  return text;
}

/** The answer to a GET request, parsed. */
export async function get<T>(server: { readonly url: string }, path: string): Promise<T> {
  return JSON.parse(await send(server, "GET", path)) as T;
}

/** Writes documents by one bulk request; their sources are texts, sent as they are. */
export async function index(
  server: SearchServer,
  documents: readonly {
    readonly index: string;
    readonly id: string;
    readonly source: string;
    readonly routing?: string;
  }[],
): Promise<void> {
  const lines = documents.map(({ index: _index, id: _id, source, routing }) => {
    return `${JSON.stringify({ create: { _index, _id, ...(routing === undefined ? {} : { routing }) } })}\n${source}\n`;
  });
  const answer = await send(server, "POST", "/_bulk?refresh=true", lines.join(""));
  if (answer.includes('"errors":true')) throw new Error(answer.slice(0, 1000));
}

/** Removes everything that a dump holds. */
export async function wipe(server: SearchServer): Promise<void> {
  if (server.product === "opensearch") await send(server, "DELETE", "/_data_stream/*");
  const indices = await get<{ index: string }[]>(server, "/_cat/indices?format=json&h=index&expand_wildcards=all");
  for (const { index: name } of indices) await send(server, "DELETE", `/${encodeURIComponent(name)}`);
  for (const path of ["/_index_template/*", "/_component_template/*", "/_template/*", "/_ingest/pipeline/*"]) {
    await send(server, "DELETE", path);
  }
}

/** The dumper's variables for a server. */
export function sourceEnv({ product, host, port }: Pick<SearchServer, "product" | "host" | "port">): Environment {
  return { KSNAPSHOT_ENGINE: product, ELASTICSEARCH_HOST: host, ELASTICSEARCH_PORT: String(port) };
}

export interface ClusterContent {
  readonly definitions: Readonly<Record<string, object>>;
  readonly documents: Readonly<Record<string, readonly string[]>>;
  readonly streams: readonly string[];
  readonly templates: unknown;
}

/** What tells two clusters apart: definitions, and every document with its routing and its source, byte by byte. */
export async function contentOf(server: SearchServer): Promise<ClusterContent> {
  const names = await get<{ index: string; status: string }[]>(
    server,
    "/_cat/indices?format=json&h=index,status&expand_wildcards=all&s=index",
  );
  const definitions: Record<string, object> = {};
  const documents: Record<string, readonly string[]> = {};
  for (const { index: name, status } of names) {
    const path = `/${encodeURIComponent(name)}`;
    const isBacking = name.startsWith(".ds-");
    if (!isBacking) definitions[name] = definitionOf(await get(server, path));
    const place = isBacking ? "data streams" : name;
    if (status === "open")
      documents[place] = [...(documents[place] ?? []), ...(await documentsOf(server, path))].sort();
  }
  const streams =
    server.product === "opensearch" ? await get<{ data_streams: { name: string }[] }>(server, "/_data_stream") : null;
  return {
    definitions,
    documents,
    streams: streams?.data_streams.map(({ name }) => name) ?? [],
    templates: withoutDates({
      index: await get(server, "/_index_template"),
      component: await get(server, "/_component_template"),
      legacy: await get(server, "/_template"),
      pipelines: await get(server, "/_ingest/pipeline"),
    }),
  };
}

/** The byte order of a document is its source's own. */
async function documentsOf(server: SearchServer, path: string): Promise<readonly string[]> {
  const vectors = server.product === "elasticsearch" && server.version !== "7.17";
  const request = { size: 10_000, ...(vectors ? { _source: { exclude_vectors: false } } : {}) };
  const text = await send(server, "POST", `${path}/_search`, request);
  const { hits } = JSON.parse(text) as {
    hits: { total: { value: number }; hits: { _id: string; _routing?: string }[] };
  };
  if (hits.hits.length !== hits.total.value) throw new Error(`${path} has more documents than are looked at`);
  if (hits.hits.length === 0) return [];
  // Between one hit's source and the next hit's beginning there is nothing else: the sources are the texts between.
  const texts = text.slice(text.indexOf('"hits":[') + 8, text.lastIndexOf("}]}")).split(/\},\{"_index":"[^"]*"/);
  return texts.map((one, number) => {
    const hit = hits.hits[number];
    return `${hit?._id} ${hit?._routing} ${one.slice(one.indexOf('"_source":')).replace(/[\r\n]/g, " ")}`;
  });
}

/** Without what the server makes up for each index anew. */
function definitionOf(answer: Record<string, { settings: { index: Record<string, unknown> } }>): object {
  const [definition] = Object.values(answer);
  const { uuid, creation_date, version, provided_name, verified_before_close, ...settings } =
    definition?.settings.index ?? {};
  const isClosed = verified_before_close === "true";
  if ([uuid, creation_date, version, provided_name].includes(undefined))
    throw new Error("an index has no name or date");
  return { ...definition, settings, isClosed };
}

/** Definitions without when they were made and changed, which servers tell since Elasticsearch 9.2. */
export function withoutDates(answer: unknown): unknown {
  return JSON.parse(
    JSON.stringify(answer, (key, value: unknown) => (/_date(_millis)?$/.test(key) ? undefined : value)),
  );
}

/** What the tests look at in a manifest. */
export interface Manifest {
  readonly serverVersion: string;
  readonly objects: readonly { readonly key: string; readonly name: string }[];
  readonly skipped: readonly string[];
  readonly notes: readonly string[];
}

/** The one manifest of a directory. */
export async function manifestIn(storage: TestStorage): Promise<{ readonly key: string; readonly manifest: Manifest }> {
  const key = (await storage.objects()).find((one) => one.endsWith(".manifest.json")) ?? "";
  const text = await readFile(join(storage.env["BACKEND_PATH"] ?? "", key), "utf8");
  return { key, manifest: JSON.parse(text) as Manifest };
}

/** What is to come back: a closed index is open, and has no documents, as one without `_source`. */
export function restorable(content: ClusterContent): ClusterContent {
  const { definitions, documents } = content;
  const closed = { ...definitions["closed"], isClosed: false };
  const bare = Object.keys(documents).filter((name) => name.startsWith("no-source"));
  const empty = Object.fromEntries(["closed", ...bare].map((name) => [name, []]));
  return { ...content, definitions: { ...definitions, closed }, documents: { ...documents, ...empty } };
}
