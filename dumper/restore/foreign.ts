import { compressionExtension, compressions } from "../../contract/compression.ts";
import { dumpExtension, engineKinds, familyOf } from "../../contract/engine.ts";
import type { Secret } from "../../contract/secret.ts";
import { RunFailed } from "../failure.ts";
import { drain } from "../process/drain.ts";
import { Witness } from "../process/seen.ts";
import type { Progress } from "../progress.ts";
import type { ObjectKey } from "../sink/object-key.ts";
import type { ObjectStorage } from "../sink/object-storage.ts";
import { manifestOf } from "../sink/snapshot-manifest.ts";
import { hasEndMark } from "../source/end-mark.ts";
import { decompressed } from "../stage/decompress.ts";
import { decrypted } from "../stage/decrypt.ts";
import { Meter } from "../stage/meter.ts";
import { counted, damaged, identityMissing } from "./content.ts";
import type { Selection } from "./snapshots.ts";

/** An object that another tool made, as the original did, which wrote no manifests. Its key tells what it is. */
export interface ForeignReading {
  readonly storage: ObjectStorage;
  readonly key: ObjectKey;
  readonly identities: readonly Secret[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Reads an object of another tool to its end, and says of it what a manifest would: its restore then reads it again, and
 * holds it to that. Whether it was stored whole nobody knows but by the dump's end mark.
 * @throws {RunFailed} when its key does not tell what it is, it cannot be read, or the end mark is missing
 */
export async function foreignSnapshot(reading: ForeignReading): Promise<Selection> {
  const { storage, key, identities, progress, signal } = reading;
  const { engine, compression, encrypted, startedAt } = formOf(key);
  if (encrypted && identities.length === 0) throw identityMissing(key);
  const meter = new Meter();
  const witness = new Witness();
  const stored = meter.measure(counted(storage.read(key, signal), progress));
  try {
    const plain = encrypted ? decrypted(stored, identities) : stored;
    await drain(witness.watch(decompressed(plain, compression, signal)));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof RunFailed) throw error;
    throw damaged(key, "its content cannot be read", error);
  }
  const { bytes: dumpBytes, tail } = witness.seen();
  if (!hasEndMark(engine, tail)) throw damaged(key, "its dump has no end mark");
  const object = { key, name: key, ...meter.reading(), dumpBytes, compression, encrypted };
  const manifest = manifestOf({
    ...{ engine, serverVersion: null, toolVersion: null, objects: [object], recipients: [] },
    ...{ startedAt, finishedAt: startedAt, seconds: 0, runId: "", cluster: null, cronJob: null },
    ...{ owner: null, ownerUid: null, pod: "", skipped: [], notes: [] },
  });
  return { key, manifest, objects: [object], isForeign: true };
}

/** `…/mysql/dump-<pod>-<database>-<YYYYMMDDHHMMSS>.sql.gz.age` */
function formOf(key: ObjectKey) {
  const folder = key.split("/").at(-2);
  const engine = engineKinds.find((kind) => kind === folder);
  const [, stamp] = /-(\d{14})\.[a-z.]+$/.exec(key) ?? [];
  const encrypted = key.endsWith(".age");
  const plain = encrypted ? key.slice(0, -".age".length) : key;
  if (engine === undefined || familyOf(engine) === "search" || stamp === undefined) {
    throw new RunFailed(
      "storage",
      `no manifest names ${key}, and its key is not that of a dump of SQL that stands alone`,
      {
        remedy: "read it with the tool that made it: age, gunzip, and elasticdump for a search engine",
      },
    );
  }
  const compression = compressions.find((one) =>
    plain.endsWith(`.${dumpExtension(engine)}${compressionExtension(one)}`),
  );
  if (compression === undefined) throw new Error(`${key} has no ending that is known`);
  const startedAt = stamp.replace(/(....)(..)(..)(..)(..)(..)/, "$1-$2-$3T$4:$5:$6.000Z");
  return { engine, compression, encrypted, startedAt };
}
