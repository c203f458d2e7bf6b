import type { SearchClient } from "./client.ts";
import type { Cluster } from "./cluster.ts";
import { DocumentCount } from "./document-count.ts";
import { merged } from "./merged.ts";
import { pagesAtOneTime } from "./pages-at-one-time.ts";
import { refresh } from "./refresh.ts";
import { scrolledPages } from "./scrolled-pages.ts";

/** So many slices are read at a time: while one page is on its way to the compressor, the server makes another. */
export const slicesAtOnce = 2;

export interface Reading {
  readonly client: SearchClient;
  readonly cluster: Cluster;
  /** Documents asked for at a time, at the most. */
  readonly limit: number;
  /** What is told in the manifest. */
  readonly notes: Set<string>;
  /** What is left out, as the manifest tells it. */
  readonly skipped: Set<string>;
  /** What the server keeps for us, each with how it is let go of. What is still in it at the end is let go of then. */
  readonly kept: Set<() => Promise<void>>;
  readonly signal: AbortSignal;
}

/** One slice: pages of lines, each made when it is asked for. */
export type Slice = AsyncIterable<Buffer>;

/**
 * Every document of the selected indices, a line each. Ends cleanly only when as many came from each index as it has.
 * @throws {RunFailed}
 */
export async function* documents(reading: Reading): AsyncGenerator<Buffer> {
  const count = new DocumentCount();
  const ended = new AbortController();
  const own = { ...reading, signal: AbortSignal.any([reading.signal, ended.signal]) };
  try {
    await refresh(own);
    yield* merged(slicesOf(own, count), slicesAtOnce);
  } finally {
    ended.abort(); // the other slices of one that failed
    await Promise.all([...reading.kept].map((letGo) => letGo()));
  }
  count.check();
}

async function* slicesOf(reading: Reading, count: DocumentCount): AsyncGenerator<Slice> {
  const { read } = reading.cluster.selection;
  if (read.length === 0) return;
  const slices = await pagesAtOneTime(reading, count);
  if (slices !== null) yield* slices;
  else yield* scrolledPages(reading, count);
}
