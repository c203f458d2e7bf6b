//   source ─▶ relay ─▶ compress ─▶ encrypt ─▶ meter ─▶ upload      for each object of the run
//                                                        │
//                    all programs exited 0, every end mark seen: all uploads are completed
//                                                        │
//                                            the snapshot manifest, last
//
// What fails on the way, or the signal, takes back everything that was stored. For the case that the process is killed, a
// record of the run is written before all and removed in the end; a later run sweeps by it, after its own manifest is stored.
import type { DumpRequest, Environment } from "../contract/dump-request.ts";
import { compressedDump } from "./dump-stream.ts";
import { messageOf, RunFailed } from "./failure.ts";
import type { Seen } from "./process/seen.ts";
import { keyOf, refuseLongKeys } from "./object-keys.ts";
import { dumpPatience, type Progress, watch } from "./progress.ts";
import { type KeyParts, manifestKey, type ObjectKey } from "./sink/object-key.ts";
import { type ObjectStorage, openStorage, type Upload } from "./sink/object-storage.ts";
import { encodeManifest, manifestOf, type SnapshotManifest, type StoredDump } from "./sink/snapshot-manifest.ts";
import { nothingSwept, type SweepReport } from "./sink/sweep.ts";
import { deadlineOf, forget, forgetAndSweep, recordOf, refuseAfterDeadline } from "./run-life.ts";
import { type RunRecord, writeRunRecord } from "./sink/run-record.ts";
import { type DumpPart, type DumpVersions, openSource, type Source } from "./source/source.ts";
import { compressorFor } from "./stage/compress.ts";
import { encrypted } from "./stage/encrypt.ts";
import { Meter } from "./stage/meter.ts";

/** Taking back may last so long; what is not gone then is named. */
const takeBackTimeoutMs = 15_000;

export interface RunContext {
  /** Where programs are found. */
  readonly env: Environment;
  readonly now: () => Date;
  /** Unique to the run. */
  readonly runId: string;
  /** When it fires the run takes everything back and throws its reason. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

export interface StoredSnapshot {
  readonly key: ObjectKey;
  readonly manifest: SnapshotManifest;
  /** What was removed of earlier runs. */
  readonly swept: SweepReport;
}

/**
 * Dumps and stores one snapshot. When it resolves the manifest is stored; when it throws there is neither a manifest nor
 * an object, or the error names what the storage did not take back.
 * @throws {RunFailed}, or the signal's reason
 */
export async function runDump(request: DumpRequest, context: RunContext): Promise<StoredSnapshot> {
  const source = openSource(request.source, context.env);
  const storage = await openStorage(request.storage);
  const watchdog = watch(context.progress, () => dumpPatience(context.progress, request.noProgressTimeoutMs));
  const signal = AbortSignal.any([context.signal, watchdog.signal, deadlineOf(request)]);
  const takeBack: Upload[] = [];
  const startedAt = context.now();
  const record = recordOf(request, { runId: context.runId, engine: source.engine, startedAt });
  let begun: RunRecord | null = null;
  try {
    if (record !== null) {
      await storing(context.progress, () => writeRunRecord(storage, record, signal));
      begun = record;
    }
    const snapshot = await storeSnapshot(request, { ...context, storage, source, startedAt, signal }, takeBack);
    watchdog.stop();
    const swept = record === null ? nothingSwept : await forgetAndSweep(record, storage, context);
    return { ...snapshot, swept };
  } catch (error) {
    watchdog.stop();
    const left = await undo(takeBack);
    if (begun !== null && left.length === 0) await forget(begun, storage);
    throw withLeftovers(signal.aborted ? signal.reason : error, storage, left);
  } finally {
    watchdog.stop();
    storage.close();
  }
}

async function storeSnapshot(
  request: DumpRequest,
  context: RunContext & { readonly storage: ObjectStorage; readonly source: Source; readonly startedAt: Date },
  takeBack: Upload[],
): Promise<Omit<StoredSnapshot, "swept">> {
  const { runId, signal, now, startedAt, progress, storage, source } = context;
  const { cluster, cronJob, ownerUid } = request;
  const keys: KeyParts = { prefix: storage.prefix, engine: source.engine, pod: request.pod, startedAt };
  const written: WrittenDump[] = [];
  const accept = (names: readonly string[]) => {
    refuseLongKeys(storage, keys, names, request);
  };
  for await (const part of source.parts(signal, accept)) {
    const key = keyOf(keys, part.name, request);
    const upload = await storing(progress, () => storage.begin(key, { runId, cluster, cronJob, ownerUid }, signal));
    takeBack.unshift(upload);
    written.push(await writeDump(part, upload, request, context));
  }
  for (const { upload } of written) {
    signal.throwIfAborted();
    await storing(progress, () => upload.complete(signal));
  }
  const finishedAt = now();
  const { skipped, notes } = source.report();
  const manifest = manifestOf({
    engine: source.engine,
    serverVersion: written[0]?.versions.server ?? null,
    toolVersion: written[0]?.versions.tool ?? null,
    objects: written.map(({ stored }) => stored),
    recipients: [...request.recipients],
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    seconds: (finishedAt.getTime() - startedAt.getTime()) / 1000,
    ...{ runId, cluster, cronJob, ownerUid },
    owner: request.owner,
    pod: request.pod,
    skipped: [...skipped],
    notes: [...notes],
  });
  const key = manifestKey(keys);
  signal.throwIfAborted();
  refuseAfterDeadline(request, startedAt, now());
  await storing(progress, () => storage.put(key, encodeManifest(manifest), signal));
  return { key, manifest };
}

/** While it lasts the run waits for the storage and not for the database: the watchdog tells them apart by it. */
async function storing<T>(progress: Progress, act: () => Promise<T>): Promise<T> {
  progress.storageWrites++;
  try {
    return await act();
  } finally {
    progress.storageWrites--;
  }
}

interface WrittenDump {
  readonly upload: Upload;
  readonly stored: StoredDump;
  readonly versions: DumpVersions;
}

/** Writes one object, and completes nothing. Its dump is whole when this resolves. */
async function writeDump(
  part: DumpPart,
  upload: Upload,
  request: DumpRequest,
  { env, progress, signal }: RunContext,
): Promise<WrittenDump> {
  const meter = new Meter();
  let seen: Seen | null = null;
  async function* dump(): AsyncGenerator<Buffer> {
    seen = yield* compressedDump(part.dump, compressorFor(request.compression, env), { progress, signal });
  }
  await upload.write(meter.measure(encrypted(dump(), request.recipients)), progress, signal);
  signal.throwIfAborted();
  const whole = wholeOr(seen);
  const stored = {
    key: upload.key,
    name: part.name,
    ...meter.reading(),
    dumpBytes: whole.bytes,
    compression: request.compression,
    encrypted: request.recipients.length > 0,
    ...(part.database === undefined ? {} : { database: part.database }),
  };
  return { upload, stored, versions: part.judge(whole) };
}

/** The sink may not end before its source has. */
function wholeOr(seen: Seen | null): Seen {
  if (seen === null) throw new Error("the upload ended before the dump");
  return seen;
}

/** Gives the keys that could not be taken back, each with the reason. */
async function undo(takeBack: readonly Upload[]): Promise<readonly string[]> {
  const timeout = new Promise<never>((_, reject) => {
    setTimeout(() => {
      reject(new Error(`no answer within ${takeBackTimeoutMs / 1000} s`));
    }, takeBackTimeoutMs).unref();
  });
  timeout.catch(() => null); // it has no part in a take-back that ends in time
  const results = await Promise.allSettled(takeBack.map(({ discard }) => Promise.race([discard(), timeout])));
  return results.flatMap((result, index) =>
    result.status === "fulfilled" ? [] : [`${takeBack[index]?.key ?? ""} (${messageOf(result.reason)})`],
  );
}

function withLeftovers(error: unknown, storage: ObjectStorage, left: readonly string[]): unknown {
  if (left.length === 0) return error;
  const problem = `${messageOf(error)}; besides, ${storage.name} did not take back ${left.join(", ")}`;
  const code = error instanceof RunFailed ? error.code : "storage";
  return new RunFailed(code, problem, {
    remedy: "remove what is left; it is incomplete and never restored",
    cause: error,
  });
}
