import { setTimeout as delay } from "node:timers/promises";

const POLL_INTERVAL_MS = 50;

/**
 * Repeats `condition` until it returns something other than `undefined` or `false`; what it throws counts as "not yet".
 * @throws when `timeoutMs` passed; the cause is the last thing thrown.
 */
export async function until<T>(
  what: string,
  timeoutMs: number,
  condition: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    let last: unknown;
    try {
      const value = await condition();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) {
      const reason = last instanceof Error ? `: ${last.message}` : "";
      throw new Error(`waited ${timeoutMs / 1000} s for ${what}${reason}`, { cause: last });
    }
    await delay(POLL_INTERVAL_MS);
  }
}
