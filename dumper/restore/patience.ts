import { RunFailed } from "../failure.ts";
import type { Patience, Progress } from "../progress.ts";

/** Unless said otherwise: as a dump, and as long as a job may last for what a server does without taking a byte. */
const quietMs = 600_000;
const busyMs = 14_400_000;

const orRaise = "or raise NO_PROGRESS_TIMEOUT_SECONDS";

/**
 * Of a restore. A server that builds an index takes no byte for a long time: it is waited for much longer than a storage,
 * or than a server that has taken none at all.
 * @param givenMs null: the defaults
 */
export function restorePatience({ storedBytes, storageReads }: Progress, givenMs: number | null): Patience {
  if (storageReads > 0) {
    const remedy = `check the network and the storage, ${orRaise}`;
    return patience(givenMs ?? quietMs, "storage", "the storage stalled: it gave no byte", remedy);
  }
  const remedy = `check the network and for locks that keep the target waiting, ${orRaise}`;
  return storedBytes === 0
    ? patience(givenMs ?? quietMs, "source", "the target stalled: it did not answer", remedy)
    : patience(givenMs ?? busyMs, "source", "the target stalled: it took no byte", remedy);
}

function patience(timeoutMs: number, code: "storage" | "source", problem: string, remedy: string): Patience {
  return { timeoutMs, stalled: new RunFailed(code, `${problem} for ${timeoutMs / 1000} s`, { remedy }) };
}
