import { expect } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../../../contract/dump-request.ts";
import { dumpExitCode } from "../../../contract/exit-code.ts";
import type { LastWords } from "../../../dumper/last-words.ts";
import { Progress } from "../../../dumper/progress.ts";
import { type Listing, listSnapshots } from "../../../dumper/restore/snapshots.ts";
import { verifyObject } from "../../../dumper/restore/verify.ts";
import { runRecordsPrefix } from "../../../dumper/sink/object-key.ts";
import { openStorage } from "../../../dumper/sink/object-storage.ts";
import { readRunRecord, writeRunRecord } from "../../../dumper/sink/run-record.ts";
import { run } from "../../bed/command.ts";
import type { FaultProxy } from "../../bed/http-proxy.ts";
import type { S3Server } from "../../bed/s3.ts";
import type { Toxiproxy } from "../../bed/toxiproxy.ts";
import { type Ended, runDumper } from "../dumper-process.ts";
import { bucketStorage, directoryStorage, type TestStorage } from "../storages.ts";
import type { Failed, Row } from "./row.ts";
import type { SourceServer } from "./scene.ts";

/** The pods of two runs of one CronJob. */
const cronJob = "nightly";
const [firstPod, secondPod] = [`${cronJob}-29000000-first`, `${cronJob}-29000001-secnd`];

/** How long a run may last that meets a fault. */
const endsWithinSeconds = 30;

/** What the rows of one storage have in common. */
export interface Stage {
  /** The dumper's file. */
  readonly dumper: string;
  readonly toxiproxy: Toxiproxy;
  readonly bucket: { readonly server: S3Server; readonly proxy: FaultProxy } | null;
  /** The bytes of a dump without a fault, by everything that the dump depends on but the fault. */
  readonly unharmed: Map<string, Promise<number>>;
}

/**
 * Dumps without the fault, once for rows of the same set-up, which must store; then with it, which must come to the row's
 * end.
 */
export async function meet(row: Row, server: SourceServer, stage: Stage): Promise<void> {
  const connection = await stage.toxiproxy.proxyTo(server.host, server.port);
  const tmpfs = row.sink === "full directory" ? await mountTmpfs() : null;
  const proxy = stage.bucket?.proxy;
  proxy?.reset();
  try {
    const common = { COMPRESSION: "none", KSNAPSHOT_CLUSTER: "bed", KSNAPSHOT_CRONJOB: cronJob, HOSTNAME: firstPod };
    const env = { ...common, ...server.envAt(connection), ...row.env };
    const scene = { server, connection, storageRequests: () => proxy?.requests ?? [] };
    const dumpBytes = await unharmedBytes(row, env, stage);
    const target = await freshStorage(stage, tmpfs);
    const removePlanted = await target.plant("planted");
    for (const rule of row.fault.storage ?? []) proxy?.inject(rule);
    await row.fault.before?.(scene);
    const harmed = { ...env, ...target.env, ...(await row.fault.env?.(scene)) };
    const during = async (pid: number) => row.fault.during?.(scene, { pid, dumpBytes });

    const ended = await runDumper(harmed, { during, program: stage.dumper });

    const faulted = proxy?.requests.filter(({ isFaulted }) => isFaulted).length ?? 0;
    expect(faulted).toBeGreaterThanOrEqual(row.fault.storage?.length ?? 0);
    proxy?.reset();
    if (row.end === "stored") {
      expect(ended).toMatchObject({ exitCode: dumpExitCode.stored });
      expect(await storedBytes(target)).toBe(dumpBytes);
      await expectUnfinished(target, []);
    } else if (row.end === "stored by the next run") {
      await expectLeftovers(target);
      await letDeadlinePass(target);
      await connection.removeToxics();
      const second = await runDumper({ ...env, ...target.env, HOSTNAME: secondPod }, { program: stage.dumper });
      expect(second).toMatchObject({
        exitCode: 0,
        stderr: expect.stringContaining("Removed what killed runs had left"),
      });
      expect(await storedBytes(target)).toBe(dumpBytes);
      await expectUnfinished(target, []);
    } else {
      expectFailed(ended, row.end);
      // The record of the run stays with what is left of it.
      expect(await target.objects()).toEqual(
        row.end.leavesUpload ? [expect.stringContaining(`/runs/${cronJob}/`)] : [],
      );
      await expectUnfinished(target, row.end.leavesUpload ? [expect.stringContaining(`dump-${firstPod}`)] : []);
    }
    await removePlanted();
    expectNoSecrets(ended, server, stage);
  } finally {
    proxy?.reset();
    await connection.remove();
    if (tmpfs !== null) await unmount(tmpfs);
  }
}

function unharmedBytes(row: Row, env: Environment, stage: Stage): Promise<number> {
  const { proxy } = stage.bucket ?? {};
  const { engine, sink } = row;
  const setUp = JSON.stringify([proxy?.endpoint, engine, sink, row.env]);
  const bytes = stage.unharmed.get(setUp) ?? dumpUnharmed(env, stage);
  stage.unharmed.set(setUp, bytes);
  return bytes;
}

async function dumpUnharmed(env: Environment, stage: Stage): Promise<number> {
  const target = await freshStorage(stage, null);
  const ended = await runDumper({ ...env, ...target.env }, { program: stage.dumper });
  expect(ended).toMatchObject({ exitCode: dumpExitCode.stored });
  expect(await target.unfinished()).toEqual([]);
  return storedBytes(target);
}

function freshStorage({ bucket }: Stage, directory: string | null): Promise<TestStorage> {
  return bucket === null || directory !== null
    ? directoryStorage(directory ?? undefined)
    : bucketStorage(bucket.server, bucket.proxy.endpoint);
}

/** Reads every byte of the one snapshot there is, and gives how many the dump has. */
async function storedBytes(target: TestStorage): Promise<number> {
  const { snapshots, unnamed, broken } = await listing(target);
  expect({ snapshots: snapshots.length, unnamed, broken }).toEqual({ snapshots: 1, unnamed: [], broken: [] });
  const { engine, objects = [] } = snapshots[0]?.manifest ?? {};
  const storage = await openStorage(target.storage);
  const { signal } = new AbortController();
  for (const object of objects) {
    const reading = {
      storage,
      engine: engine ?? "postgresql",
      object,
      identities: [],
      progress: new Progress(),
      signal,
    };
    expect(await verifyObject(reading)).toMatchObject({ verdict: "whole" });
  }
  storage.close();
  return objects.reduce((sum, { dumpBytes }) => sum + dumpBytes, 0);
}

async function listing({ storage }: TestStorage): Promise<Listing> {
  const opened = await openStorage(storage);
  return listSnapshots(opened, "", new AbortController().signal).finally(opened.close);
}

/** What was planted is there too, which shows that an upload left open would be found. */
async function expectUnfinished(target: TestStorage, others: readonly unknown[]): Promise<void> {
  expect(await target.unfinished()).toEqual([...others, expect.stringContaining("planted")]);
}

/** Something is there, and nothing of it can be restored. */
async function expectLeftovers(target: TestStorage): Promise<void> {
  const { snapshots, broken } = await listing(target);
  expect({ snapshots, broken }).toEqual({ snapshots: [], broken: [] });
  const left = [...(await target.unfinished()), ...(await target.objects())];
  expect(left).toEqual(expect.arrayContaining([expect.stringContaining(`dump-${firstPod}`)]));
}

/** The records of the runs there say what they would say had they been written the day before. */
async function letDeadlinePass({ storage }: TestStorage): Promise<void> {
  const opened = await openStorage(storage);
  const { signal } = new AbortController();
  for await (const { key } of opened.list(runRecordsPrefix(opened.prefix, cronJob), signal)) {
    const record = await readRunRecord(opened, key, signal);
    const deadline = new Date(Date.parse(record.deadline) - 86_400_000).toISOString();
    await opened.remove(key);
    await writeRunRecord(opened, { ...record, deadline }, signal);
  }
  opened.close();
}

function expectFailed(ended: Ended, end: Failed): void {
  expect({ exitCode: ended.exitCode, told: told(ended) }).toEqual({
    exitCode: end.exitCode,
    told: expect.stringMatching(end.message),
  });
  expect(ended.seconds).toBeLessThan(endsWithinSeconds);
  const [line = "", ...more] = ended.stderr.trim().split("\n");
  expect(more).toEqual([]);
  expect(JSON.parse(line)).toMatchObject(JSON.parse(ended.terminationMessage) as object);
}

/** What the last words say to a person. */
function told({ terminationMessage }: Ended): string {
  const words = JSON.parse(terminationMessage) as LastWords;
  if (words.result === "stored") return `stored ${words.key}`;
  return words.result === "failed"
    ? words.error
    : words.diagnostics.map(({ field, problem }) => `${field ?? ""}: ${problem}`).join(" ");
}

function expectNoSecrets({ stdout, stderr, terminationMessage }: Ended, server: SourceServer, { bucket }: Stage): void {
  const { secretKey, accessKey } = bucket?.server ?? {};
  for (const secret of [...server.secrets, secretKey, accessKey, "not the password", "not the secret key"]) {
    if (secret !== undefined) expect(stdout + stderr + terminationMessage).not.toContain(secret);
  }
}

/** Too small for the dump. */
async function mountTmpfs(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "ksnapshot-full-"));
  await run("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", directory]);
  return directory;
}

async function unmount(directory: string): Promise<void> {
  await run("umount", [directory]);
  await rm(directory, { recursive: true });
}
