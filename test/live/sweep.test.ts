import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { randomUUID } from "node:crypto";
import { Progress } from "../../dumper/progress.ts";
import { manifestKey, objectKey, type ObjectKey } from "../../dumper/sink/object-key.ts";
import { type ObjectStorage, openStorage, type Upload } from "../../dumper/sink/object-storage.ts";
import { keyPartsOf, type RunRecord, runRecordKeyOf, writeRunRecord } from "../../dumper/sink/run-record.ts";
import { sweep } from "../../dumper/sink/sweep.ts";
import { type FaultProxy, isOperation, type SeenRequest, startFaultProxy } from "../bed/http-proxy.ts";
import { type S3Server, startMinio, startVersitygw } from "../bed/s3.ts";
import { bucketStorage, directoryStorage, type TestStorage } from "./storages.ts";

const { signal } = new AbortController();
const cronJob = "ksnapshot-postgresql-shop-db-0546e90e";
const plain = { compression: "gzip", encrypted: false } as const;
const now = new Date("2026-11-24T03:00:00Z");
const scope = { cluster: "prod", cronJob, now };

/** Of a run that was killed the night before. */
function recordOf(overrides: Partial<RunRecord> = {}): RunRecord {
  return {
    schemaVersion: 1,
    runId: randomUUID(),
    cluster: "prod",
    cronJob,
    ownerUid: null,
    engine: "postgresql",
    pod: `${cronJob}-29400180-4zq9d`,
    startedAt: "2026-11-23T03:00:00.000Z",
    deadline: "2026-11-23T07:00:00.000Z",
    ...overrides,
  };
}

let servers: Readonly<Record<"versitygw" | "minio", S3Server>>;

beforeAll(async () => {
  const [versitygw, minio] = await Promise.all([startVersitygw(), startMinio()]);
  servers = { versitygw, minio };
}, 900_000); // the servers may have to be built

afterAll(() => Promise.all(Object.values(servers).map((server) => server.stop())));

const open: Upload[] = [];
const opened: ObjectStorage[] = [];

afterEach(async () => {
  for (const upload of open.splice(0)) await upload.discard();
  for (const storage of opened.splice(0)) storage.close();
});

async function openedStorage({ storage }: TestStorage): Promise<ObjectStorage> {
  const one = await openStorage(storage);
  opened.push(one);
  return one;
}

/** What a run stores, in its order, as far as it came. */
function runIn(storage: ObjectStorage, record: RunRecord) {
  const run = keyPartsOf(record, storage.prefix);
  const { runId, cluster, ownerUid } = record;
  const begin = async (name: string) => {
    const upload = await storage.begin(
      objectKey(run, name, plain),
      { runId, cluster, cronJob: record.cronJob, ownerUid },
      signal,
    );
    open.push(upload);
    await upload.write(oneByte(), new Progress(), signal);
    return upload;
  };
  return {
    record: runRecordKeyOf(record, storage.prefix),
    manifest: manifestKey(run),
    dump: objectKey(run, "shop", plain),
    unfinished: objectKey(run, "shop 2", plain),
    writeRecord: () => writeRunRecord(storage, record, signal),
    /** One object completed, one still under way. */
    store: async () => {
      await begin("shop 2");
      await (await begin("shop")).complete();
    },
    finish: () => storage.put(manifestKey(run), Buffer.from("{}")),
  };
}

describe.each(["directory", "versitygw", "minio"] as const)("in a %s", (kind) => {
  let seen: TestStorage;
  let storage: ObjectStorage;

  beforeEach(async () => {
    seen = kind === "directory" ? await directoryStorage() : await bucketStorage(servers[kind]);
    storage = await openedStorage(seen);
    await storage.put("notes.txt" as ObjectKey, Buffer.from("mine")); // a directory has to be there
  });

  test("what a killed run left is removed; of a directory, that is what it had not finished", async () => {
    const run = runIn(storage, recordOf());
    await run.writeRecord();
    await run.store();

    const { removed, problems } = await sweep(storage, scope, signal);

    const left = kind === "directory" ? [run.dump] : [];
    expect(problems).toEqual(left.map(() => expect.stringMatching(/^objects without a manifest .* stay \(1\)/)));
    expect([...removed].sort()).toEqual([run.unfinished, run.dump].filter((key) => !left.includes(key)).sort());
    expect(await seen.objects()).toEqual([...left, "notes.txt"].sort());
    expect(await seen.unfinished()).toEqual([]);
    expect(await sweep(storage, scope, signal)).toEqual({ removed: [], problems: [] });
  });

  test("what the original stored, with our layout and names and without a manifest, stays", async () => {
    const run = runIn(storage, recordOf());
    await run.writeRecord();
    // Another run's of the original's, and one that by chance has the very pod and second of the run that was killed.
    const originals = [
      `${storage.prefix}2026/10/02/postgresql/dump-${cronJob}-29300180-aaaaa-shop-20261002030000.sql.gz`,
      `${storage.prefix}2026/11/23/postgresql/dump-${cronJob}-29400180-bbbbb-shop-20261123030000.sql.gz.age`,
      run.dump,
    ] as ObjectKey[];
    for (const key of originals) await storage.put(key, Buffer.from("x"));

    const { removed, problems } = await sweep(storage, scope, signal);

    expect(removed).toEqual([]);
    expect(problems).toEqual([expect.stringMatching(/^objects without a manifest .* stay \(1\)/)]);
    expect(await seen.objects()).toEqual([...originals, "notes.txt"].sort());
  });

  test.each([
    { whose: "another installation's", overrides: { cluster: "staging" } },
    { whose: "another CronJob's", overrides: { cronJob: "ksnapshot-postgresql-shop-db2-9f86d081" } },
    { whose: "one that its own deadline still allows", overrides: { deadline: "2026-11-24T02:30:00.000Z" } },
  ])("nothing is touched of a run that is $whose", async ({ overrides }) => {
    const run = runIn(storage, recordOf(overrides));
    await run.writeRecord();
    await run.store();
    const before = await seen.objects();

    const report = await sweep(storage, scope, signal);

    expect(report).toEqual({ removed: [], problems: [] });
    expect(await seen.objects()).toEqual(before);
    expect(await seen.unfinished()).toHaveLength(1);
  });

  test("an upload that no record names is nobody's", async () => {
    const run = runIn(storage, recordOf());
    await run.store();

    expect(await sweep(storage, scope, signal)).toEqual({ removed: [], problems: [] });

    expect(await seen.unfinished()).toHaveLength(1);
  });

  test("of a run that has a manifest its objects stay, and its record goes", async () => {
    const run = runIn(storage, recordOf());
    await run.writeRecord();
    await run.store();
    await run.finish();

    const { removed, problems } = await sweep(storage, scope, signal);

    expect({ removed, problems }).toEqual({ removed: [run.unfinished], problems: [] });
    expect(await seen.objects()).toEqual([run.dump, run.manifest, "notes.txt"].sort());
  });

  test.each([
    { what: "none", content: { schemaVersion: 2 } },
    { what: "another run's", content: recordOf({ pod: "elsewhere" }) },
  ])("a record that is $what is told, and keeps no other from being swept by", async ({ content }) => {
    const run = runIn(storage, recordOf());
    await run.writeRecord();
    await run.store();
    const odd = `${storage.prefix}runs/${cronJob}/a.json` as ObjectKey;
    await storage.put(odd, Buffer.from(JSON.stringify(content)));

    const { removed, problems } = await sweep(storage, scope, signal);

    expect(problems[0]).toContain(odd);
    expect(removed).toContain(run.unfinished);
    expect(await seen.objects()).toContain(odd);
  });

  test("of many records the newest are looked at, and of many problems some are told", async () => {
    const run = runIn(storage, recordOf({ pod: `${cronJob}-29999999-zzzzz` }));
    await run.writeRecord();
    await run.store();
    const odd = Array.from({ length: 60 }, (_, at) => `${storage.prefix}runs/${cronJob}/${at + 100}.json` as ObjectKey);
    for (const key of odd) await storage.put(key, Buffer.from("{}"));

    const { removed, problems } = await sweep(storage, scope, signal);

    expect(removed).toContain(run.unfinished);
    expect(problems).toHaveLength(6);
    expect(problems.at(-1)).toMatch(/^and \d+ more/);
  }, 30_000);

  test("a sweep that is given up says so", async () => {
    const run = runIn(storage, recordOf());
    await run.writeRecord();
    await run.store();

    const { removed, problems } = await sweep(storage, scope, AbortSignal.abort(new Error("no time left")));

    expect(removed).toEqual([]);
    expect(problems).toEqual([expect.stringContaining("no time left")]);
  });
});

describe.each(["versitygw", "minio"] as const)("in a bucket of %s that refuses", (kind) => {
  let proxy: FaultProxy;

  beforeAll(async () => {
    proxy = await startFaultProxy(servers[kind].endpoint);
  });

  afterAll(() => proxy.close());

  test.each([
    { operation: "ListMultipartUploads", problems: [/^unfinished uploads .* list unfinished uploads: AccessDenied/] },
    { operation: "AbortMultipartUpload", problems: [/^unfinished uploads .* abort the upload: AccessDenied/] },
    { operation: "ListObjectsV2", problems: [/^records .* list objects: AccessDenied/] },
    { operation: "HeadObject", problems: [/^objects without a manifest .* tell who made/] },
    { operation: "DeleteObject", problems: [/^objects without a manifest .* remove an object: AccessDenied/] },
  ])("$operation, what may be swept is, the refusal is told, and the record stays", async ({ operation, problems }) => {
    proxy.reset();
    const seen = await bucketStorage(servers[kind], proxy.endpoint);
    const storage = await openedStorage(seen);
    const run = runIn(storage, recordOf());
    await run.writeRecord();
    await run.store();
    const fault = { kind: "error", status: 403, code: "AccessDenied" } as const;
    proxy.inject({ when: isOperation(operation), times: Infinity, fault });

    const refused = await sweep(storage, scope, signal);
    const isRecordThere = (await seen.objects()).includes(run.record);
    proxy.reset();
    await sweep(storage, scope, signal);

    expect(refused.problems).toEqual(problems.map((problem) => expect.stringMatching(problem)));
    expect(isRecordThere).toBe(true);
    expect(await seen.objects()).toEqual([]);
    expect(await seen.unfinished()).toEqual([]);
  });

  test("to say of a manifest whether it is there: a proxy's word that it is not does not count", async () => {
    proxy.reset();
    const seen = await bucketStorage(servers[kind], proxy.endpoint);
    const storage = await openedStorage(seen);
    const run = runIn(storage, recordOf());
    await run.writeRecord();
    await run.store();
    await run.finish();
    const isManifests = ({ key }: SeenRequest) => key.endsWith(".manifest.json");
    proxy.inject({ when: isManifests, times: Infinity, fault: { kind: "page", status: 404 } });

    const { problems } = await sweep(storage, scope, signal);

    expect(problems).toEqual([expect.stringMatching(/^objects without a manifest .* look for /)]);
    expect(await seen.objects()).toContain(run.dump);
  });
});

async function* oneByte(): AsyncGenerator<Buffer> {
  await Promise.resolve();
  yield Buffer.from("x");
}
