import type { RunFailed } from "./failure.ts";

/** How long an answer is waited for, and until when. */
export interface Waiting {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** What is thrown when there is none by then. */
  readonly silent: (seconds: number) => RunFailed;
}

/**
 * Waits for an answer, but not for ever: a stalled connection never ends by itself. What is waited for is told by its
 * signal; what does not heed it is left behind.
 */
export async function answering<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  { timeoutMs, signal, silent }: Waiting,
): Promise<T> {
  const patience = new AbortController();
  const over = new Promise<never>((_, reject) => {
    patience.signal.addEventListener("abort", () => {
      reject(patience.signal.reason as RunFailed);
    });
  });
  const timer = setTimeout(() => {
    patience.abort(silent(timeoutMs / 1000));
  }, timeoutMs);
  const answer = ask(AbortSignal.any([signal, patience.signal]));
  try {
    return await Promise.race([answer, over]);
  } catch (error) {
    answer.catch(() => null); // its own end is only the consequence
    throw patience.signal.aborted ? patience.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}
