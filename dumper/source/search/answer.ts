import * as z from "zod";
import { RunFailed } from "../../failure.ts";
import { remedyFor } from "../../remedies.ts";
import { typeRemedies } from "./server-failure.ts";

const Envelope = z.object({
  pit_id: z.string().optional(),
  _scroll_id: z.string().optional(),
  timed_out: z.boolean(),
  _shards: z.object({ total: z.number(), failed: z.number(), failures: z.array(z.unknown()).optional() }),
  hits: z.object({ total: z.object({ value: z.number(), relation: z.string() }).optional() }),
  aggregations: z.unknown().optional(),
});
/** What a search says besides its hits. */
export type Envelope = z.infer<typeof Envelope>;

/** @throws {RunFailed} when the search did not see everything */
export function wholeAnswer(envelope: unknown): Envelope {
  const answer = Envelope.parse(envelope);
  const { timed_out: timedOut, _shards: shards } = answer;
  if (timedOut) {
    const remedy = "raise search.default_search_timeout of the cluster, or run at a quieter time";
    throw new RunFailed("source", "a page ended at the server's time limit and is incomplete", { remedy });
  }
  if (shards.failed > 0 || shards.total === 0) {
    const why = JSON.stringify(shards.failures ?? []).slice(0, 500);
    const problem = `${shards.failed} of ${shards.total} shards could not be read: ${why}`;
    const remedy = remedyFor(why, typeRemedies) ?? "wait until the cluster's health is not red, and run again";
    throw new RunFailed("source", problem, { remedy });
  }
  return answer;
}
