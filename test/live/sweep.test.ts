import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { randomUUID } from "node:crypto";
import { Progress } from "../../dumper/progress.ts";
import { manifestKey, objectKey, type ObjectKey } from "../../dumper/sink/object-key.ts";
import { type ObjectStorage, openStorage, type Upload } from "../../dumper/sink/object-storage.ts";
import { sweep } from "../../dumper/sink/sweep.ts";
import { type FaultProxy, isOperation, startFaultProxy } from "../bed/http-proxy.ts";
import { type S3Server, startMinio, startVersitygw } from "../bed/s3.ts";
import { bucketStorage, directoryStorage, type TestStorage } from "./storages.ts";

const { signal } = new AbortController();
const cronJob = "ksnapshot-postgresql-shop-db-0546e90e";
const own = `${cronJob}-29401620-x7k2p`;
const killed = `${cronJob}-29400180-4zq9d`;
const finished = `${cronJob}-29398740-b2c4d`;
const anothers = "ksnapshot-postgresql-shop-db2-9f86d081-29400180-4zq9d";
/** Everything that a test makes is older than the one and younger than the other. */
const later = () => ({ cronJob, pod: own, before: new Date(Date.now() + 60_000) });
const earlier = () => ({ cronJob, pod: own, before: new Date(Date.now() - 3_600_000) });

let servers: Readonly<Record<"versitygw" | "minio", S3Server>>;

beforeAll(async () => {
  const [versitygw, minio] = await Promise.all([startVersitygw(), startMinio()]);
  servers = { versitygw, minio };
}, 900_000); // the servers may have to be built

afterAll(() => Promise.all(Object.values(servers).map((server) => server.stop())));

describe.each(["directory", "versitygw", "minio"] as const)("in a %s", (kind) => {
  let seen: TestStorage;
  let storage: ObjectStorage;
  let open: Upload[];

  beforeEach(async () => {
    seen = kind === "directory" ? await directoryStorage() : await bucketStorage(servers[kind]);
    storage = await openStorage(seen.storage);
    open = [];
  });

  function keysOf(pod: string) {
    const keys = { prefix: storage.prefix, engine: "postgresql", pod, startedAt: new Date() } as const;
    return {
      dump: objectKey(keys, "shop", { compression: "gzip", encrypted: false }),
      second: objectKey(keys, "shop 2", { compression: "gzip", encrypted: false }),
      manifest: manifestKey(keys),
    };
  }

  async function begin(key: ObjectKey): Promise<Upload> {
    const upload = await storage.begin(key, randomUUID(), signal);
    open.push(upload);
    await upload.write(oneByte(), new Progress(), signal);
    return upload;
  }

  async function store(...keys: readonly ObjectKey[]): Promise<void> {
    for (const key of keys) await (await begin(key)).complete();
  }

  async function closeAll(): Promise<void> {
    for (const upload of open) await upload.discard();
    storage.close();
  }

  test("what a killed run left is removed, and nothing else", async () => {
    const [left, whole, foreign] = [keysOf(killed), keysOf(finished), keysOf(anothers)];
    await begin(left.second);
    await store(left.dump, whole.dump, whole.second, foreign.dump);
    await storage.put(whole.manifest, Buffer.from("{}"));
    await begin(foreign.second);
    await begin(keysOf(own).dump);
    await storage.put("ksnapshot/notes.txt" as ObjectKey, Buffer.from("mine"));

    const { removed, problems } = await sweep(storage, later(), signal);

    expect(problems).toEqual([]);
    expect([...removed].sort()).toEqual([left.dump, left.second].sort());
    expect(await seen.objects()).toEqual(
      [whole.dump, whole.second, whole.manifest, foreign.dump, "ksnapshot/notes.txt"].sort(),
    );
    expect(await seen.unfinished()).toHaveLength(2);
    await closeAll();
  });

  test("nothing is touched that a run may still be writing", async () => {
    const left = keysOf(killed);
    await begin(left.second);
    await store(left.dump);

    expect(await sweep(storage, earlier(), signal)).toEqual({ removed: [], problems: [] });

    expect(await seen.objects()).toEqual([left.dump]);
    expect(await seen.unfinished()).toHaveLength(1);
    await closeAll();
  });

  test("a sweep that is given up says so", async () => {
    await store(keysOf(killed).dump);

    const { removed, problems } = await sweep(storage, later(), AbortSignal.abort(new Error("given up")));

    expect(removed).toEqual([]);
    expect(problems).toHaveLength(2);
    await closeAll();
  });
});

describe.each(["versitygw", "minio"] as const)("in a bucket of %s that refuses", (kind) => {
  let proxy: FaultProxy;

  beforeAll(async () => {
    proxy = await startFaultProxy(servers[kind].endpoint);
  });

  afterAll(() => proxy.close());

  test.each([
    { operation: "ListMultipartUploads", problem: /^unfinished uploads .* list unfinished uploads: AccessDenied/ },
    { operation: "AbortMultipartUpload", problem: /^unfinished uploads .* abort the upload: AccessDenied/ },
    { operation: "ListObjectsV2", problem: /^objects without a manifest .* list objects: AccessDenied/ },
    { operation: "DeleteObject", problem: /^objects without a manifest .* remove an object: AccessDenied/ },
  ])("$operation, the rest is swept and the refusal told", async ({ operation, problem }) => {
    proxy.reset();
    const seen = await bucketStorage(servers[kind], proxy.endpoint);
    const storage = await openStorage(seen.storage);
    const keys = { prefix: storage.prefix, engine: "postgresql", pod: killed, startedAt: new Date() } as const;
    const [dump, second] = ["shop", "shop 2"].map((name) =>
      objectKey(keys, name, { compression: "gzip", encrypted: false }),
    );
    if (dump === undefined || second === undefined) throw new Error("no key");
    await storage.put(dump, Buffer.from("x"));
    await storage.begin(second, randomUUID(), signal);
    const fault = { kind: "error", status: 403, code: "AccessDenied" } as const;
    proxy.inject({ when: isOperation(operation), times: Infinity, fault });

    const { removed, problems } = await sweep(storage, later(), signal);

    expect(problems).toEqual([expect.stringMatching(problem)]);
    expect(removed).toHaveLength(1);
    storage.close();
  });
});

async function* oneByte(): AsyncGenerator<Buffer> {
  await Promise.resolve();
  yield Buffer.from("x");
}
