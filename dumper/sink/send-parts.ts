import { type PartRung, rungOf } from "../../contract/part-ladder.ts";
import type { Part } from "./parts.ts";

/** Sends parts as they come, as many at a time as the ladder says. Resolves or rejects when none is under way any more. */
export async function sendAll(
  parts: AsyncIterable<Part>,
  ladder: readonly PartRung[],
  send: (number: number, body: Buffer) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  const failures: unknown[] = [];
  try {
    for await (const { number, body, release } of parts) {
      while (underWay.size >= (rungOf(ladder, number)?.inFlight ?? 1)) await Promise.race(underWay);
      if (failures.length > 0) break;
      const sending = send(number, body)
        .catch((error: unknown) => {
          failures.push(error);
        })
        .finally(() => {
          release();
          underWay.delete(sending);
        });
      underWay.add(sending);
    }
  } finally {
    await Promise.all(underWay);
  }
  signal.throwIfAborted();
  if (failures.length > 0) throw failures[0];
}
