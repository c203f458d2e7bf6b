import { setTimeout } from "node:timers/promises";

/** The first wait after a failed pass. It doubles with each further one, up to the interval. */
const firstRetryMs = 1000;

export interface Loop {
  /** Runs one pass and tells whether all of it succeeded. */
  readonly pass: () => Promise<boolean>;
  /** From the end of a pass to the start of the next. */
  readonly intervalMs: number;
  /** Ends the loop: a wait at once, a pass when it returns. */
  readonly signal: AbortSignal;
  /** Resolves after the time, or earlier when the signal fires. Default: a timer. */
  readonly delay?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Runs passes until told to stop. */
export async function runLoop({ pass, intervalMs, signal, delay = timer }: Loop): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    failures = (await pass()) ? 0 : failures + 1;
    await delay(waitMs(failures, intervalMs), signal);
  }
}

/** How long to wait when so many passes in a row have failed. Never longer than the interval: a pass costs only reads. */
export function waitMs(failures: number, intervalMs: number): number {
  return failures === 0 ? intervalMs : Math.min(intervalMs, firstRetryMs * 2 ** (failures - 1));
}

async function timer(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(ms, undefined, { signal });
  } catch {
    // AbortError, the only one there is: the loop looks at the signal itself
  }
}
