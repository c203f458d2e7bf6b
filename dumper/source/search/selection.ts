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
}

/** Decides what is dumped. @param sourceless the indices whose mapping keeps no `_source` */
export function selectIndices(
  facts: readonly IndexFacts[],
  dataStreams: readonly DataStream[],
  sourceless: ReadonlySet<string>,
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
    if (!isOpen) skipped.push(`documents of index ${name}: it is closed`);
    else if (sourceless.has(name))
      skipped.push(`documents of index ${name}: its mapping disables _source, so that they cannot be restored`);
    return isOpen && !sourceless.has(name);
  });
  return { indices: kept.filter(({ name }) => !streamOf.has(name)), streams, read, streamOf, skipped };
}
