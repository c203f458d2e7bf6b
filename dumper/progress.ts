import { RunFailed } from "./failure.ts";

const ticksPerTimeout = 20;

/** What a run has moved so far, and what it waits for. Every stage feeds it; the watchdog and the progress bar read it. */
export class Progress {
  /** Bytes that the dump tool gave. */
  dumpBytes = 0;
  /** Bytes that the storage took, all objects of the run together. */
  storedBytes = 0;
  /** Writes that the storage has not yet answered. None: the run waits for the database. */
  storageWrites = 0;
  /** Reads that the storage has not yet answered. None: what is restored into works on what it has. */
  storageReads = 0;
  readonly #refreshers = new Set<() => void>();

  /** Adds a function that brings the counters up to date. Returns the function that takes it away. */
  refreshWith(refresh: () => void): () => void {
    this.#refreshers.add(refresh);
    return () => this.#refreshers.delete(refresh);
  }

  /** A number that is another one whenever a byte has moved. */
  position(): number {
    for (const refresh of this.#refreshers) refresh();
    return this.dumpBytes + this.storedBytes;
  }
}

/** How long nothing may move, and what it means when nothing did. Asked at each look. */
export interface Patience {
  readonly timeoutMs: number;
  readonly stalled: RunFailed;
}

/**
 * A signal that fires when no byte has moved for as long as `patience` says; its reason names what stalled. A stalled
 * connection never ends by itself. `stop` must be called in the end.
 */
export function watch(
  progress: Progress,
  patience: () => Patience,
): { readonly signal: AbortSignal; readonly stop: () => void } {
  const controller = new AbortController();
  let position = progress.position();
  let movedAt = performance.now();
  const timer = setInterval(() => {
    const now = progress.position();
    const { timeoutMs, stalled } = patience();
    if (now !== position) {
      position = now;
      movedAt = performance.now();
    } else if (performance.now() - movedAt >= timeoutMs) {
      controller.abort(stalled);
    }
  }, patience().timeoutMs / ticksPerTimeout);
  return {
    signal: controller.signal,
    stop: () => {
      clearInterval(timer);
    },
  };
}

/** Of a dump, which moves bytes all the time. */
export function dumpPatience(progress: Progress, timeoutMs: number): Patience {
  return { timeoutMs, stalled: stalledDump(progress, timeoutMs) };
}

function stalledDump(progress: Progress, timeoutMs: number): RunFailed {
  const seconds = timeoutMs / 1000;
  return progress.storageWrites > 0
    ? new RunFailed("storage", `the storage stalled: it took no byte for ${seconds} s`, {
        remedy: "check the network and the storage, or raise NO_PROGRESS_TIMEOUT_SECONDS",
      })
    : new RunFailed("source", `the database stalled: the dump tool gave no byte for ${seconds} s`, {
        remedy: "check the network and for locks that keep the dump tool waiting, or raise NO_PROGRESS_TIMEOUT_SECONDS",
      });
}
