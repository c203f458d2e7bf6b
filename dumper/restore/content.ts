import type { EngineKind } from "../../contract/engine.ts";
import type { Secret } from "../../contract/secret.ts";
import { messageOf, RunFailed } from "../failure.ts";
import { drain } from "../process/drain.ts";
import { Witness } from "../process/seen.ts";
import type { Progress } from "../progress.ts";
import type { ObjectKey } from "../sink/object-key.ts";
import type { ObjectStorage } from "../sink/object-storage.ts";
import type { StoredDump } from "../sink/snapshot-manifest.ts";
import { hasEndMark } from "../source/end-mark.ts";
import { decompressed } from "../stage/decompress.ts";
import { decrypted } from "../stage/decrypt.ts";
import { Meter } from "../stage/meter.ts";

/** An object of a snapshot on its way back, and with what it is read. */
export interface Reading {
  readonly storage: ObjectStorage;
  readonly engine: EngineKind;
  readonly object: StoredDump;
  /** Needed when the object is encrypted, and not looked at otherwise. */
  readonly identities: readonly Secret[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * The dump as the engine wrote it. Ends cleanly only when the stored bytes had the manifest's length and SHA-256 and the
 * dump its length and end mark: whoever has read to the end may trust all of it.
 * @throws {RunFailed} that names what is wrong
 */
export async function* dumpContent(reading: Reading): AsyncGenerator<Buffer> {
  const { storage, engine, object, identities, progress, signal } = reading;
  const meter = new Meter();
  const witness = new Witness();
  const stored = meter.measure(counted(storage.read(object.key, signal), progress));
  const plain = object.encrypted ? decrypted(stored, identities) : stored;
  let broken: unknown = null;
  try {
    let dumpBytes = 0;
    for await (const chunk of witness.watch(decompressed(plain, object.compression, signal))) {
      dumpBytes += chunk.length;
      if (dumpBytes > object.dumpBytes) throw tooLong(object); // a few bytes can be the beginning of endlessly many
      yield chunk;
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof RunFailed) throw error;
    broken = error;
  }
  checkStored(object, meter.reading(), broken);
  const seen = witness.seen();
  if (seen.bytes !== object.dumpBytes) {
    throw damaged(object.key, `it holds a dump of ${seen.bytes} bytes, and the manifest says ${object.dumpBytes}`);
  }
  if (!hasEndMark(engine, seen.tail)) throw damaged(object.key, "its dump has no end mark");
}

/** Reads every stored byte, and nothing of what they hold. @throws {RunFailed} that names what is wrong */
export async function checkStoredBytes({
  storage,
  object,
  progress,
  signal,
}: Omit<Reading, "engine" | "identities">): Promise<void> {
  const meter = new Meter();
  await drain(meter.measure(counted(storage.read(object.key, signal), progress)));
  signal.throwIfAborted();
  checkStored(object, meter.reading(), null);
}

/** The watchdog of a restore tells by it whether the storage is waited for. */
export async function* counted(source: AsyncIterable<Buffer>, progress: Progress): AsyncGenerator<Buffer> {
  progress.storageReads++;
  try {
    for await (const chunk of source) {
      progress.storedBytes += chunk.length;
      progress.storageReads--;
      yield chunk;
      progress.storageReads++;
    }
  } finally {
    progress.storageReads = 0; // one object is read at a time
  }
}

function checkStored(object: StoredDump, read: { bytes: number; sha256: string }, broken: unknown): void {
  if (broken !== null) throw damaged(object.key, "its content cannot be read", broken);
  if (read.bytes !== object.bytes) {
    throw damaged(object.key, `it has ${read.bytes} bytes, and the manifest says ${object.bytes}`);
  }
  if (read.sha256 !== object.sha256) {
    throw damaged(object.key, `its SHA-256 is ${read.sha256}, and the manifest says ${object.sha256}`);
  }
}

function tooLong(object: StoredDump): RunFailed {
  return damaged(object.key, `it holds a dump of more than the ${object.dumpBytes} bytes that the manifest says`);
}

/** An encrypted object is to be opened, and nobody has said by what. */
export function identityMissing(key: ObjectKey): RunFailed {
  return new RunFailed("encryption", `${key} is encrypted`, { remedy: "give an identity by --identity <file>" });
}

export function damaged(key: ObjectKey, problem: string, cause?: unknown): RunFailed {
  const said = cause === undefined ? problem : `${problem}: ${messageOf(cause)}`;
  const remedy = "use another snapshot, and look at what wrote to the storage since";
  return new RunFailed("storage", `${key} is damaged: ${said}`, { remedy, cause });
}
