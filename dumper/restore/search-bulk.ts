import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";
import { type SearchClient, ServerRefused } from "../source/search/client.ts";
import type { SearchReport } from "./search-report.ts";
import type { Document } from "./search-document.ts";

/** A request has so many documents or bytes at the most, but for a document that is larger. */
const maxDocuments = 1_000;
const maxBytes = 4 * 2 ** 20;

/** A server that has too much to do is asked again, after twice as long each time: 64 seconds in all. */
const attempts = 9;
const firstDelayMs = 250;

export interface BulkOptions {
  /** Whether documents may replace others. A data stream takes only new ones. */
  readonly action: (index: string) => "create" | "index";
  /** Told of what the server does not take. */
  readonly report: SearchReport;
  readonly signal: AbortSignal;
}

/** Writes documents, a bulk request after the other. @throws {RunFailed} when the server does not take one of them */
export async function writeDocuments(
  documents: AsyncIterable<Document>,
  client: SearchClient,
  { action, report, signal }: BulkOptions,
): Promise<void> {
  let batch: Item[] = [];
  let bytes = 0;
  for await (const document of documents) {
    const item = itemOf(document, action(document.index));
    if (batch.length === maxDocuments || (batch.length > 0 && bytes + document.source.length > maxBytes)) {
      await write(batch, client, report, signal);
      [batch, bytes] = [[], 0];
    }
    batch.push(item);
    bytes += document.source.length;
  }
  if (batch.length > 0) await write(batch, client, report, signal);
}

interface Item {
  readonly index: string;
  readonly name: string;
  /** The two lines of a bulk request. */
  readonly lines: readonly Buffer[];
}

const lineEnd = Buffer.from("\n");

function itemOf({ index, id, routing, source }: Document, action: "create" | "index"): Item {
  const target = { _index: index, _id: id, ...(routing === null ? {} : { routing }) };
  const lines = [Buffer.from(`${JSON.stringify({ [action]: target })}\n`), source, lineEnd];
  return { index, name: `${index}/${id}`, lines };
}

async function write(
  batch: readonly Item[],
  client: SearchClient,
  report: SearchReport,
  signal: AbortSignal,
): Promise<void> {
  let left = batch;
  for (let attempt = 1; left.length > 0; attempt++) {
    if (attempt > 1) {
      await delay(firstDelayMs * 2 ** (attempt - 2), undefined, { signal }).catch(() => null);
      signal.throwIfAborted();
    }
    left = await writeOnce(left, client, { report, signal, isLast: attempt === attempts });
  }
}

const Answer = z.object({
  errors: z.boolean(),
  items: z.array(z.record(z.string(), z.object({ status: z.number(), error: z.unknown().optional() }))).optional(),
});

/** Gives the documents that the server has not taken because it has too much to do. */
async function writeOnce(
  batch: readonly Item[],
  client: SearchClient,
  { report, signal, isLast }: { readonly report: SearchReport; readonly signal: AbortSignal; readonly isLast: boolean },
): Promise<readonly Item[]> {
  const body = batch.flatMap(({ lines }) => lines);
  let answer: z.infer<typeof Answer>;
  try {
    const bytes = await client.send({ method: "POST", path: bulkPath, body, idempotent: false }, signal);
    answer = Answer.parse(JSON.parse(bytes.toString("utf8")));
  } catch (error) {
    if (error instanceof ServerRefused && error.status === tooManyRequests && !isLast) return batch;
    throw error;
  }
  if (!answer.errors) return [];
  const refused = (answer.items ?? []).flatMap((item, index) => {
    const [result] = Object.values(item);
    const document = batch[index];
    return result?.error === undefined || document === undefined ? [] : [{ document, ...result }];
  });
  for (const { document, status, error } of refused) {
    if (!isLast && status === tooManyRequests) continue;
    report.refuse(document.index, `the server did not take ${document.name}: ${reasonOf(error)}`);
  }
  return isLast ? [] : refused.filter(({ status }) => status === tooManyRequests).map(({ document }) => document);
}

/** `document_parsing_exception: [1:8] failed to parse …: '1' is not an IP string literal.` */
function reasonOf(error: unknown): string {
  const said: string[] = [];
  for (let one = Cause.safeParse(error); one.success; one = Cause.safeParse(one.data.caused_by)) {
    said.push(`${one.data.type}: ${one.data.reason ?? "without a reason"}`);
  }
  return (said.length === 0 ? JSON.stringify(error) : said.join(", caused by ")).slice(0, 1000);
}

const Cause = z.object({ type: z.string(), reason: z.string().nullish(), caused_by: z.unknown().optional() });

/** The documents are what pipelines had made of them: those of the indices must not be run again. */
const bulkPath = "/_bulk?pipeline=_none&filter_path=errors,items.*.status,items.*.error";
const tooManyRequests = 429;
