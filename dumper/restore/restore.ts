import { familyOf } from "../../contract/engine.ts";
import type { Secret } from "../../contract/secret.ts";
import { RunFailed } from "../failure.ts";
import { type Progress, watch } from "../progress.ts";
import type { ObjectStorage } from "../sink/object-storage.ts";
import { dumpContent, identityMissing } from "./content.ts";
import { restorePatience } from "./patience.ts";
import type { RestoreReport } from "./report.ts";
import type { Selection } from "./snapshots.ts";
import type { RestoreOptions, RestoreTarget } from "./target.ts";

/** Where the snapshot is read from, and with what. */
export interface RestoreFrom {
  readonly storage: ObjectStorage;
  /** Needed when the snapshot is encrypted. */
  readonly identities: readonly Secret[];
  readonly progress: Progress;
  /** Nothing may move for so long. Null: ten minutes, and four hours for a server that has begun to take bytes. */
  readonly noProgressTimeoutMs: number | null;
}

/** Restores what was selected of a snapshot. @throws {RunFailed} */
export async function restoreSnapshot(
  { manifest, objects }: Selection,
  target: RestoreTarget,
  { storage, identities, progress, noProgressTimeoutMs }: RestoreFrom,
  options: RestoreOptions,
): Promise<RestoreReport> {
  const { engine } = manifest;
  if (familyOf(engine) !== target.family) {
    const remedy = "name a target of its own kind by --to";
    throw new RunFailed("invalid", `a snapshot of ${engine} cannot go to ${target.family}`, { remedy });
  }
  const sealed = objects.find(({ encrypted }) => encrypted);
  if (sealed !== undefined && identities.length === 0) throw identityMissing(sealed.key);
  const watchdog = watch(progress, () => restorePatience(progress, noProgressTimeoutMs));
  const signal = AbortSignal.any([options.signal, watchdog.signal]);
  const restorable = objects.map((stored) => ({
    stored,
    content: () => dumpContent({ storage, engine, object: stored, identities, progress, signal }),
  }));
  try {
    return await target.restore({ manifest, objects: restorable }, { ...options, signal });
  } finally {
    watchdog.stop();
  }
}
