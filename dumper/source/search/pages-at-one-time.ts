import * as z from "zod";
import { type Envelope, wholeAnswer } from "./answer.ts";
import { AnswerTooLong, ServerRefused } from "./client.ts";
import type { DocumentCount } from "./document-count.ts";
import { type Reading, type Slice, slicesAtOnce } from "./documents.ts";
import { commonLimits } from "./limits.ts";
import { readPage } from "./hits.ts";
import { LineMemory, PageMemory } from "./page-memory.ts";
import { inGroups } from "./index-names.ts";
import { firstPageSize, maxPageBytes, nextPageSize, smallerPageSize } from "./page-size.ts";
import { isUnreturnable, refuseMany, unreturnableIn } from "./unreturnable.ts";
import { closePointInTime, openPointInTime, type PointInTime } from "./point-in-time.ts";

/** Indices that are read at one moment, in a number of slices. */
interface Group {
  readonly names: readonly string[];
  readonly slices: number;
}

/**
 * The documents as they are at one moment, in slices. Null when the server knows no points in time.
 *
 * Elasticsearch orders all documents of a point in time by `_shard_doc` and slices them as one likes. OpenSearch 2 has only
 * `_doc`, which is unique within one shard: there each index has a point in time of its own, with as many slices as shards.
 */
export async function pagesAtOneTime(reading: Reading, count: DocumentCount): Promise<AsyncIterable<Slice> | null> {
  const [first, ...others] = groupsOf(reading);
  if (first === undefined) return null;
  const opened = await open(first, reading);
  if (opened === null) return null;
  if (others.length > 0) {
    const many = reading.cluster.isOpenSearch ? "each index" : "each of several groups of indices";
    reading.notes.add(`The documents are not of one moment: ${many} was read at a moment of its own.`);
  }
  return slicesOf({ group: first, point: opened }, others, reading, count);
}

async function* slicesOf(
  first: { readonly group: Group; readonly point: KeptPoint },
  others: readonly Group[],
  reading: Reading,
  count: DocumentCount,
): AsyncGenerator<Slice> {
  yield* groupSlices(first.group, first.point, reading, count);
  for (const group of others) {
    const point = await open(group, reading);
    if (point === null) throw new Error("the server has forgotten how to open a point in time");
    yield* groupSlices(group, point, reading, count);
  }
}

/** An index that allows less than is asked for is alone: the pages of others need not be as small. */
function groupsOf({ cluster, limit }: Reading): readonly Group[] {
  const { isOpenSearch, limits, selection } = cluster;
  if (isOpenSearch) return selection.read.map(({ name, shards }) => ({ names: [name], slices: shards }));
  const names = selection.read.map(({ name }) => name);
  const isLimited = (name: string) => {
    const { window, slices } = commonLimits(limits, [name]);
    return window < limit || slices < slicesAtOnce;
  };
  const groups = inGroups(names.filter((name) => !isLimited(name)));
  return [...groups, ...names.filter(isLimited).map((name) => [name])].map((group) => ({
    names: group,
    slices: Math.min(slicesAtOnce, commonLimits(limits, group).slices),
  }));
}

/** Null when the server knows no points in time. */
async function open({ names }: Group, { client, cluster, kept, signal }: Reading): Promise<KeptPoint | null> {
  const point = await openPointInTime(client, names, cluster.isOpenSearch, signal);
  if (point === null) return null;
  const letGo = async () => {
    kept.delete(letGo);
    await closePointInTime(client, point);
  };
  kept.add(letGo);
  return { ...point, letGo };
}

interface KeptPoint extends PointInTime {
  readonly letGo: () => Promise<void>;
}

/** The slices of a group; the last one that ends lets go of the point in time. */
async function* groupSlices(
  group: Group,
  point: KeptPoint,
  reading: Reading,
  count: DocumentCount,
): AsyncGenerator<Slice> {
  const source = await countDocuments(group, point, reading, count);
  const limit = Math.min(reading.limit, commonLimits(reading.cluster.limits, group.names).window);
  let left = group.slices;
  const end = async () => {
    left--;
    if (left === 0) await point.letGo();
  };
  for (let id = 0; id < group.slices; id++) {
    const slice = group.slices === 1 ? null : { id, max: group.slices };
    yield pages({ point, source, slice }, { ...reading, limit }, count, end);
  }
}

/** What is asked of `_source`: since 9.2 vectors are left out of it unless one says so. */
type SourceFilter = boolean | { readonly exclude_vectors: false };

const Counts = z.object({
  n: z.object({
    sum_other_doc_count: z.literal(0),
    buckets: z.array(z.object({ key: z.string(), doc_count: z.number() })),
  }),
});

/** Asks the point in time how many documents it has of each index, and finds out which way of asking the server takes. */
async function countDocuments(
  group: Group,
  point: PointInTime,
  reading: Reading,
  count: DocumentCount,
): Promise<SourceFilter> {
  const request = countRequest(point);
  const filter = { exclude_vectors: false } as const;
  let source: SourceFilter = filter;
  try {
    await search({ ...request, _source: filter }, reading);
  } catch (error) {
    if (!(error instanceof ServerRefused && error.message.includes("exclude_vectors"))) throw error;
    source = true; // an older server, which leaves out nothing
  }
  for (const [name, documents] of await countsOf(group, request, reading)) count.expect(name, documents);
  return source;
}

function countRequest({ id, keptFor }: PointInTime): object {
  return { size: 0, track_total_hits: true, timeout: noTimeout, pit: { id, keep_alive: keptFor } };
}

/** By one request, or by one for each index where the cluster allows fewer buckets (`search.max_buckets`). */
async function countsOf(
  { names }: Group,
  request: object,
  reading: Reading,
): Promise<readonly (readonly [name: string, documents: number])[]> {
  try {
    const aggs = { n: { terms: { field: "_index", size: names.length } } };
    const { aggregations } = await search({ ...request, aggs }, reading);
    return Counts.parse(aggregations).n.buckets.map(({ key, doc_count: documents }) => [key, documents]);
  } catch (error) {
    if (!(error instanceof ServerRefused && error.message.includes("too_many_buckets"))) throw error;
  }
  const counts: (readonly [string, number])[] = [];
  for (const name of names) {
    const { hits } = await search({ ...request, query: { term: { _index: name } } }, reading);
    counts.push([name, hits.total?.value ?? NaN]);
  }
  return counts;
}

async function search(request: object, { client, signal }: Reading): Promise<Envelope> {
  const call = { method: "POST", path: searchPath, body: JSON.stringify(request), idempotent: true } as const;
  return wholeAnswer(JSON.parse((await client.send(call, signal)).toString("utf8")));
}

/** Whatever `search.default_search_timeout` says: what is read at its end is not whole. */
const noTimeout = "-1";
const searchPath = "/_search?allow_partial_search_results=false";

interface SliceRequest {
  readonly point: PointInTime;
  readonly source: SourceFilter;
  readonly slice: { readonly id: number; readonly max: number } | null;
}

/** A page may be asked for again: the same point in time gives the same after the same document. */
async function* pages(
  request: SliceRequest,
  reading: Reading,
  count: DocumentCount,
  end: () => Promise<void>,
): AsyncGenerator<Buffer> {
  const { client, cluster, limit, signal } = reading;
  let size = firstPageSize(limit);
  let after: string | null = null;
  let memory = new PageMemory();
  const lines = new LineMemory();
  let passedOver = 0;
  try {
    for (;;) {
      const maxAnswerBytes = size === 1 ? Infinity : maxPageBytes;
      const call = {
        method: "POST",
        path: searchPath,
        body: pageRequest(request, size, after),
        idempotent: true,
      } as const;
      const answer = await client.send({ ...call, maxAnswerBytes, memory }, signal).catch(nullIfTooMuch);
      if (answer === null && size === 1) {
        const body = pageRequest({ ...request, source: false }, size, after);
        const document = unreturnableIn(await client.send({ ...call, body }, signal));
        refuseMany(++passedOver, document);
        reading.skipped.add(document.told);
        count.add(new Map([[document.index, 1]]));
        after = document.sort;
        continue;
      }
      if (answer === null) {
        size = smallerPageSize(size);
        memory = new PageMemory(); // those that follow need less
        continue;
      }
      const bytes = answer.length;
      const page = readPage(answer, cluster.selection.streamOf, lines.next());
      wholeAnswer(page.envelope);
      count.add(page.counts);
      if (page.hits > 0) yield lines.safe(page.lines);
      if (page.hits < size) return;
      after = page.lastSort;
      if (after === null) throw new Error("the server gave no sort values to go on from");
      size = nextPageSize(limit, { size, bytes, hits: page.hits });
    }
  } finally {
    await end();
  }
}

/** @param after the sort values of the last document, as the server wrote them: they may be larger than JavaScript's numbers */
function pageRequest({ point, source, slice }: SliceRequest, size: number, after: string | null): string {
  const request = JSON.stringify({
    size,
    timeout: noTimeout,
    track_total_hits: false,
    sort: [point.isOpenSearch ? "_doc" : "_shard_doc"],
    _source: source,
    pit: { id: point.id, keep_alive: point.keptFor },
    ...(slice === null ? {} : { slice }),
  });
  return after === null ? request : `${request.slice(0, -1)},"search_after":${after}}`;
}

/** That a page of fewer documents may be had. One document is never too long: no limit is set for it. */
function nullIfTooMuch(error: unknown): null {
  if (error instanceof AnswerTooLong || isUnreturnable(error)) return null;
  throw error;
}
