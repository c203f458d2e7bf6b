import type { KeptSource } from "./kept-source.ts";
import { systemOwner } from "./system-indices.ts";

export interface IndexFacts {
  readonly name: string;
  readonly isOpen: boolean;
  /** A primary shard is missing. */
  readonly isRed: boolean;
  /** How many primary shards it has. */
  readonly shards: number;
  /** Zero where the server does not tell. */
  readonly documents: number;
  readonly storeBytes: number;
}

export interface DataStream {
  readonly name: string;
  /** The indices that hold its documents. */
  readonly backing: readonly string[];
}

export interface Selection {
  /** Whose definitions are dumped: every index but system ones and those of data streams. */
  readonly indices: readonly IndexFacts[];
  readonly streams: readonly DataStream[];
  /** Whose documents are dumped. */
  readonly read: readonly IndexFacts[];
  /** The data stream of an index, by the index's name. */
  readonly streamOf: ReadonlyMap<string, string>;
  /** What is left out, each with the reason. */
  readonly skipped: readonly string[];
  /** What is worth knowing of what is dumped, a sentence each. */
  readonly notes: readonly string[];
}

/** Decides what is dumped. @param sources what indices keep that do not keep whole documents as they were sent */
export function selectIndices(
  facts: readonly IndexFacts[],
  dataStreams: readonly DataStream[],
  sources: ReadonlyMap<string, KeptSource>,
  isOpenSearch: boolean,
): Selection {
  const skipped: string[] = [];
  const streams = dataStreams.filter(({ name }) => {
    const owner = systemOwner(name, isOpenSearch);
    if (owner !== null) skipped.push(`data stream ${name}: a system one, of ${owner}`);
    return owner === null;
  });
  const streamOf = new Map(streams.flatMap(({ name, backing }) => backing.map((index) => [index, name] as const)));
  const systemBacking = new Set(
    dataStreams.filter((stream) => !streams.includes(stream)).flatMap(({ backing }) => backing),
  );
  const kept = facts.filter(({ name }) => {
    if (streamOf.has(name)) return true;
    if (systemBacking.has(name)) return false; // told with its data stream
    // The failures of a data stream: nothing can be written there but by the server.
    const isFailureStore = name.startsWith(".fs-");
    if (isFailureStore)
      skipped.push(`index ${name}: failed documents of a data stream, which only the server can write`);
    const owner = systemOwner(name.replace(/^\.ds-/, ""), isOpenSearch);
    if (owner !== null) skipped.push(`index ${name}: a system index, of ${owner}`);
    return !isFailureStore && owner === null;
  });
  const read = kept.filter(({ name, isOpen }) => {
    const source = sources.get(name);
    if (!isOpen) skipped.push(`documents of index ${name}: it is closed`);
    else if (source?.kind === "none")
      skipped.push(`documents of index ${name}: it keeps no _source, so that they cannot be restored`);
    else if (source?.kind === "part")
      skipped.push(`fields of the documents of index ${name}: it keeps ${source.keeps} of _source`);
    return isOpen && source?.kind !== "none";
  });
  const synthetic = read.filter(({ name }) => sources.get(name)?.kind === "synthetic").map(({ name }) => name);
  return {
    indices: kept.filter(({ name }) => !streamOf.has(name)),
    streams,
    read,
    streamOf,
    skipped,
    notes: syntheticNotes(synthetic),
  };
}

/** https://www.elastic.co/docs/reference/elasticsearch/mapping-reference/mapping-source-field#synthetic-source */
function syntheticNotes(names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  return [
    `The documents of ${names.join(", ")} are as the server makes them up from what it has indexed (synthetic _source): the order of ` +
      "fields, the order and repetition of values in an array, and the way numbers and dates are written need not be those that were sent.",
  ];
}
