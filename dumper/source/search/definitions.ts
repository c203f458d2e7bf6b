import type { SearchClient } from "./client.ts";
import type { Cluster } from "./cluster.ts";
import { parseExact } from "./exact-json.ts";
import { inGroups, pathOf } from "./index-names.ts";
import { isNothing } from "./server-failure.ts";

/** What definitions are read with, and what is found out on the way. */
export interface DefinitionReading {
  readonly client: SearchClient;
  readonly cluster: Cluster;
  /** What is told in the manifest. */
  readonly skipped: Set<string>;
  readonly signal: AbortSignal;
}

/**
 * The dump of one kind of definitions: one line as elasticdump writes and reads it, or none when there is nothing of the
 * kind. elasticdump writes mappings as an object, and all other kinds as a text that holds one.
 */
export type DefinitionDump = (reading: DefinitionReading) => AsyncIterable<Buffer>;

/** `GET /_template`, `/_ingest/pipeline`: an object of definitions by name. */
export function named(path: string, what: string): DefinitionDump {
  return async function* (reading) {
    const answer = (await askIfAny(reading, path)) as Named | null;
    const own = Object.entries(answer ?? {}).filter(([name, definition]) => isOwn(name, definition, what, reading));
    const made = own.map(([name, definition]) => [name, withoutDates(definition as Named)] as const);
    if (own.length > 0) yield* line(JSON.stringify(Object.fromEntries(made)));
  };
}

/** `GET /_index_template`: `{"index_templates":[{"name":…,"index_template":…}]}`. */
export function listed(path: string, list: string, member: string, what: string): DefinitionDump {
  return async function* (reading) {
    const answer = (await askIfAny(reading, path)) as Readonly<Record<string, readonly Named[]>> | null;
    const own = (answer?.[list] ?? []).filter((one) => isOwn(String(one["name"]), one[member], what, reading));
    const made = own.map((one) => ({ ...one, [member]: withoutDates(one[member] as Named) }));
    if (own.length > 0) yield* line(JSON.stringify({ [list]: made }));
  };
}

/** Lifecycle policies: ILM's of Elasticsearch, ISM's of OpenSearch in the form of the former. */
export async function* policies(reading: DefinitionReading): AsyncGenerator<Buffer> {
  if (reading.cluster.isOpenSearch) yield* statePolicies(reading);
  else yield* named(policyPath(false), "lifecycle policy")(reading);
}

export function policyPath(isOpenSearch: boolean): string {
  return isOpenSearch ? "/_plugins/_ism/policies" : "/_ilm/policy";
}

/** ISM gives twenty at a time unless told otherwise; elasticdump reads `{"<name>":{"policy":…}}`. */
async function* statePolicies(reading: DefinitionReading): AsyncGenerator<Buffer> {
  const answer = (await askIfAny(reading, `${policyPath(true)}?size=9999`)) as {
    readonly policies?: readonly StatePolicy[];
  } | null;
  const own = (answer?.policies ?? []).map(({ _id, policy }) => [_id, { policy }] as const);
  if (own.length > 0) yield* line(JSON.stringify(Object.fromEntries(own)));
}

interface StatePolicy {
  readonly _id: string;
  readonly policy: unknown;
}

/** The data streams with the indices that hold their documents: `{"data_streams":[{"name":…,"indices":[…]}]}`. */
// eslint-disable-next-line @typescript-eslint/require-await -- the list is known here; other kinds must ask for theirs
export async function* dataStreams({ cluster }: DefinitionReading): AsyncGenerator<Buffer> {
  const streams = cluster.selection.streams.map(({ name, backing }) => ({ name, indices: backing }));
  if (streams.length > 0) yield* line(JSON.stringify({ data_streams: streams }));
}

/** What is taken of an index's definition, by elasticdump's name of the kind. */
const ofIndex = {
  index: ({ aliases, mappings, settings }) => ({ aliases, mappings, settings: creatable(settings) }),
  settings: ({ settings }) => ({ settings: creatable(settings) }),
  analyzer: ({ settings }) => ({ settings: creatable(settings) }),
  mapping: ({ mappings }) => ({ mappings }),
  alias: ({ aliases }) => (Object.keys(aliases).length === 0 ? null : { aliases }),
} as const satisfies Readonly<Record<string, (index: IndexDefinition) => object | null>>;
export type IndexKind = keyof typeof ofIndex;

interface IndexDefinition {
  readonly aliases: Named;
  readonly mappings: Named;
  readonly settings: { readonly index: Named };
}

/** `{"<index>":{…},…}` of every selected index, a group of them at a time: there may be thousands. */
export function indexDefinitions(kind: IndexKind): DefinitionDump {
  return async function* (reading) {
    let begun = false;
    for await (const [name, definition] of definitionsOf(kind, reading)) {
      const member = `${begun ? "," : "{"}${JSON.stringify(name)}:${JSON.stringify(definition)}`;
      yield Buffer.from(kind === "mapping" ? member : `${begun ? "" : '"'}${escaped(member)}`);
      begun = true;
    }
    if (begun) yield Buffer.from(kind === "mapping" ? "}\n" : '}"\n');
  };
}

async function* definitionsOf(kind: IndexKind, reading: DefinitionReading): AsyncGenerator<readonly [string, object]> {
  const { indices } = reading.cluster.selection;
  for (const group of inGroups(indices.map(({ name }) => name))) {
    const answer = (await askExact(reading, pathOf(group))) as Readonly<Record<string, IndexDefinition>>;
    for (const [name, definition] of Object.entries(answer)) {
      const taken = ofIndex[kind](definition);
      if (taken !== null) yield [name, taken];
    }
  }
  if (kind !== "alias") return;
  for (const path of aliasPaths(reading.cluster)) {
    const answer = (await askExact(reading, path)) as Readonly<Record<string, Pick<IndexDefinition, "aliases">>>;
    yield* Object.entries(answer).filter(([, { aliases }]) => Object.keys(aliases).length > 0);
  }
}

/**
 * Where the aliases of data streams are told, which are no part of the definition of any index. OpenSearch has none: those that a
 * template gives are of the indices behind a data stream.
 */
export function aliasPaths({ isOpenSearch, selection }: Cluster): readonly string[] {
  const names = isOpenSearch ? [] : selection.streams.map(({ name }) => name);
  return inGroups(names).map((group) => `${pathOf(group)}/_alias`);
}

/** Settings that the server makes itself and refuses of others; elasticdump leaves out the same, but for the last. */
const serverSettings = ["version", "creation_date", "uuid", "provided_name", "resize", "verified_before_close"];

function creatable({ index }: IndexDefinition["settings"]): object {
  const kept = Object.entries(index).filter(([name]) => !serverSettings.includes(name));
  return {
    index: Object.fromEntries(kept.map(([name, value]) => [name, name === "routing" ? withoutRecovery(value) : value])),
  };
}

/** `index.routing.allocation.initial_recovery`: where the server itself has put the first copy of a shrunk index. */
function withoutRecovery(routing: unknown): unknown {
  const { allocation, ...others } = routing as { readonly allocation?: Named };
  if (allocation === undefined) return routing;
  const kept = Object.entries(allocation).filter(([name]) => name !== "initial_recovery");
  return kept.length === 0 ? others : { allocation: Object.fromEntries(kept), ...others };
}

type Named = Readonly<Record<string, unknown>>;

/** Null when the server does not know the request, as its distribution leaves the feature out, or has nothing of the kind. */
async function askIfAny(reading: DefinitionReading, path: string): Promise<unknown> {
  try {
    return await askExact(reading, path);
  } catch (error) {
    if (isNothing(error)) return null;
    throw error;
  }
}

async function askExact({ client, signal }: DefinitionReading, path: string): Promise<unknown> {
  return parseExact((await client.send({ method: "GET", path, idempotent: true }, signal)).toString("utf8"));
}

/** What servers and their tools bring themselves is marked, or has a name with a dot before it. */
function isOwn(name: string, definition: unknown, what: string, { skipped }: DefinitionReading): boolean {
  const { _meta, policy } = definition as { readonly _meta?: Meta; readonly policy?: { readonly _meta?: Meta } };
  const isManaged = _meta?.managed === true || policy?._meta?.managed === true;
  if (isManaged || name.startsWith(".")) skipped.add(`${what} ${name}: the server's own`);
  return !isManaged && !name.startsWith(".");
}

/** Without when it was made and changed: servers tell it since 9.2, and refuse it of others. */
function withoutDates(definition: Named): Named {
  const entries = Object.entries(definition);
  return Object.fromEntries(entries.filter(([name]) => !/^(created|modified)_date(_millis)?$/.test(name)));
}

interface Meta {
  readonly managed?: boolean;
}

function* line(text: string): Generator<Buffer> {
  yield Buffer.from(`"${escaped(text)}"\n`);
}

/** A text as it stands inside a JSON text. */
function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
