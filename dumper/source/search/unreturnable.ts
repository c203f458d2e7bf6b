import * as z from "zod";
import { RunFailed } from "../../failure.ts";
import { wholeAnswer } from "./answer.ts";
import { ServerRefused } from "./client.ts";
import { parseExact } from "./exact-json.ts";

/** So many of a slice are named in the manifest and passed over; each costs several requests. */
const maxPassedOver = 100;

/**
 * Whether a page holds a document that the server has taken and cannot give back: Elasticsearch does not recognise its own
 * `_source` when it begins with a comment or is UTF-16, and refuses the whole page.
 */
export function isUnreturnable(error: unknown): boolean {
  return error instanceof ServerRefused && error.type === "not_x_content_exception";
}

const Hits = z.object({
  hits: z.object({ hits: z.array(z.object({ _index: z.string(), _id: z.string(), sort: z.array(z.unknown()) })) }),
});

/** A document that is passed over. */
export interface Unreturnable {
  readonly index: string;
  /** For people. */
  readonly told: string;
  /** Its sort values, as JSON. */
  readonly sort: string;
}

/** Reads a page of one document that was asked for without its `_source`. */
export function unreturnableIn(answer: Buffer): Unreturnable {
  const page = parseExact(answer.toString("utf8"));
  wholeAnswer(page);
  const [hit] = Hits.parse(page).hits.hits;
  if (hit === undefined) throw new Error("the server has forgotten the document that it could not give back");
  const { _index: index, _id: id, sort } = hit;
  const why = "the server keeps it and cannot give it back, as it begins with a comment or is not UTF-8";
  return { index, told: `document ${JSON.stringify(id)} of index ${index}: ${why}`, sort: JSON.stringify(sort) };
}

/** @throws {RunFailed} when there were more than are passed over */
export function refuseMany(passedOver: number, { index, told }: Unreturnable): void {
  if (passedOver <= maxPassedOver) return;
  const problem = `more than ${maxPassedOver} documents of ${index} are kept by the server in a form that it cannot give back: ${told}`;
  throw new RunFailed("source", problem, { remedy: "write them anew as UTF-8, without a comment at their beginning" });
}
