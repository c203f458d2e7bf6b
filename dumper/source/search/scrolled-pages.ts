import { wholeAnswer } from "./answer.ts";
import type { DocumentCount } from "./document-count.ts";
import type { Reading, Slice } from "./documents.ts";
import { commonLimits } from "./limits.ts";
import { readPage } from "./hits.ts";
import { LineMemory, PageMemory } from "./page-memory.ts";
import { pathOf } from "./index-names.ts";
import { scrollPageSize } from "./page-size.ts";
import { keepAlive, letGo } from "./point-in-time.ts";
import type { IndexFacts } from "./selection.ts";

/** The documents by scrolling, one slice for each shard, for servers that know no points in time. */
export function* scrolledPages(reading: Reading, count: DocumentCount): Generator<Slice> {
  reading.notes.add(
    "The documents are not of one moment: the server knows no points in time, and each shard was read by scrolling.",
  );
  for (const index of reading.cluster.selection.read) {
    for (let id = 0; id < index.shards; id++) yield pages(index, id, reading, count);
  }
}

/** No page is asked for twice: the server has moved on, whatever became of its answer. */
async function* pages(index: IndexFacts, id: number, reading: Reading, count: DocumentCount): AsyncGenerator<Buffer> {
  const { client, cluster, limit, signal } = reading;
  let scrollId: string | undefined;
  let path = `${pathOf([index.name])}/_search?scroll=${keepAlive}&allow_partial_search_results=false`;
  let body = firstRequest(
    index,
    id,
    Math.min(scrollPageSize(limit, index), commonLimits(cluster.limits, [index.name]).window),
  );
  const memory = new PageMemory();
  const lines = new LineMemory();
  try {
    for (;;) {
      const page = readPage(
        await client.send({ method: "POST", path, body, memory, idempotent: false }, signal),
        cluster.selection.streamOf,
        lines.next(),
      );
      const { _scroll_id: given, hits } = wholeAnswer(page.envelope);
      if (scrollId === undefined) count.expect(index.name, hits.total?.value ?? NaN);
      scrollId = given;
      count.add(page.counts);
      if (page.hits === 0) return;
      yield lines.safe(page.lines);
      path = "/_search/scroll";
      body = JSON.stringify({ scroll: keepAlive, scroll_id: scrollId });
    }
  } finally {
    if (scrollId !== undefined) await letGo(client, "/_search/scroll", JSON.stringify({ scroll_id: [scrollId] }));
  }
}

function firstRequest({ shards }: IndexFacts, id: number, size: number): string {
  const slice = shards === 1 ? {} : { slice: { id, max: shards } };
  return JSON.stringify({ size, track_total_hits: true, sort: ["_doc"], ...slice });
}
