//   a run writes its record ─▶ uploads, completes them ─▶ its manifest ─▶ removes its record
//
// A run that is killed leaves the record, and a later one learns from it what to look for and since when nobody can be
// working on it any more: S3 tells neither of an upload that is under way (docs/adr/0010-run-records.md).
import * as z from "zod";
import { engineKinds } from "../../contract/engine.ts";
import { atMostBytes } from "./bounded.ts";
import { type KeyParts, type ObjectKey, runRecordKey } from "./object-key.ts";
import type { ObjectStorage } from "./object-storage.ts";

/** A record has some hundred; anybody who can write to the storage may have made a larger one. */
const mostRecordBytes = 64 * 1024;

/** The last word on a run that is not over. */
export const RunRecord = z.object({
  schemaVersion: z.literal(1),
  runId: z.string(),
  cluster: z.string(),
  cronJob: z.string(),
  ownerUid: z.string().nullable(),
  engine: z.enum(engineKinds),
  pod: z.string(),
  startedAt: z.iso.datetime(),
  /** By the clock of who wrote it: the run ends itself by then. */
  deadline: z.iso.datetime(),
});
export type RunRecord = z.infer<typeof RunRecord>;

/** What the keys of that run are made of. */
export function keyPartsOf({ engine, pod, startedAt }: RunRecord, prefix: string): KeyParts {
  return { prefix, engine, pod, startedAt: new Date(startedAt) };
}

export function runRecordKeyOf(record: RunRecord, prefix: string): ObjectKey {
  return runRecordKey(keyPartsOf(record, prefix), record.cronJob);
}

/** Says that a run begins. @throws {RunFailed} */
export async function writeRunRecord(storage: ObjectStorage, record: RunRecord, signal: AbortSignal): Promise<void> {
  const bytes = Buffer.from(`${JSON.stringify(record, null, 2)}\n`);
  await storage.put(runRecordKeyOf(record, storage.prefix), bytes, signal);
}

/** @throws {RunFailed} when it cannot be read, and {Error} when it is none */
export async function readRunRecord(storage: ObjectStorage, key: ObjectKey, signal: AbortSignal): Promise<RunRecord> {
  const bytes = await atMostBytes(mostRecordBytes, storage.read(key, signal));
  if (bytes === null) throw new Error(`it has more than ${mostRecordBytes} bytes`);
  const { data: record } = RunRecord.safeParse(JSON.parse(bytes.toString("utf8")));
  if (record === undefined) throw new Error("it is no record of a run that is known here");
  if (runRecordKeyOf(record, storage.prefix) !== key) throw new Error("it speaks of another run than its key");
  return record;
}
