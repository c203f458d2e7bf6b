import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { randomBytes, randomUUID } from "node:crypto";
import { Progress } from "../../dumper/progress.ts";
import type { ObjectKey } from "../../dumper/sink/object-key.ts";
import { type ObjectStorage, openStorage } from "../../dumper/sink/object-storage.ts";
import { type Fault, type FaultProxy, isOperation, type SeenRequest, startFaultProxy } from "../bed/http-proxy.ts";
import { type S3Server, startMinio, startVersitygw } from "../bed/s3.ts";
import { bucketStorage } from "./storages.ts";

const { signal } = new AbortController();
const key = "ksnapshot/2026/01/31/postgresql/dump-pod-shop-20260131030000.sql.gz" as ObjectKey;
const manifest = "ksnapshot/2026/01/31/postgresql/dump-pod-20260131030000.manifest.json" as ObjectKey;
const checked = "ksnapshot/ksnapshot-check";

let servers: Readonly<Record<"versitygw" | "minio", S3Server>>;

beforeAll(async () => {
  const [versitygw, minio] = await Promise.all([startVersitygw(), startMinio()]);
  servers = { versitygw, minio };
}, 900_000); // the servers may have to be built

afterAll(() => Promise.all(Object.values(servers).map((server) => server.stop())));

function has(request: SeenRequest, name: RegExp): boolean {
  return Object.keys(request.headers).some((header) => name.test(header));
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html; the servers of the bed do not ask for it. */
const rule = {
  when: (request: SeenRequest) =>
    ["PutObject", "UploadPart"].includes(request.name) && !has(request, /^(content-md5|x-amz-checksum-)/),
  times: Infinity,
  fault: { kind: "error", status: 400, code: "InvalidRequest" } as Fault,
};

describe.each(["versitygw", "minio"] as const)("a bucket of %s whose objects are locked", (kind) => {
  let proxy: FaultProxy;
  let seen: Awaited<ReturnType<typeof bucketStorage>>;
  let storage: ObjectStorage;

  beforeAll(async () => {
    proxy = await startFaultProxy(servers[kind].endpoint);
  });

  beforeEach(async () => {
    proxy.reset();
    proxy.inject(rule);
    seen = await bucketStorage(servers[kind], proxy.endpoint, null, true);
    storage = await openStorage(seen.storage);
  });

  afterAll(() => proxy.close());

  async function storeSnapshot(): Promise<void> {
    const upload = await storage.begin(
      key,
      { runId: randomUUID(), cluster: null, cronJob: null, ownerUid: null },
      signal,
    );
    await upload.write(bytes(), new Progress(), signal);
    await upload.complete();
    await storage.put(manifest, Buffer.from("{}"));
  }

  async function* bytes(): AsyncGenerator<Buffer> {
    yield await Promise.resolve(randomBytes(1000));
  }

  test("takes a snapshot, manifest and all", async () => {
    await storeSnapshot();

    expect(await seen.objects()).toEqual([manifest, key]);
  });

  test("takes it from a storage that knows no CRC32, too", async () => {
    const unknown = (request: SeenRequest) => has(request, /^x-amz-checksum-/);
    proxy.inject({ when: unknown, times: Infinity, fault: { kind: "error", status: 400, code: "InvalidArgument" } });

    await storeSnapshot();

    expect(await seen.objects()).toEqual([manifest, key]);
    const puts = proxy.requests.filter(({ name, status }) => /PutObject|UploadPart/.test(name) && status === 200);
    expect(puts.map((request) => has(request, /^content-md5$/))).toEqual([true, true]);
  });

  test("is found well by a check, which leaves one object there and no more the next time", async () => {
    const first = await storage.check(signal);
    const second = await storage.check(signal);

    expect(first).toEqual([expect.stringContaining(`${checked} stays in the bucket`)]);
    expect(second).toEqual([]);
    expect(await seen.versions()).toEqual([checked]);
    expect(await seen.unfinished()).toEqual([]);
  });
});

describe.each(["versitygw", "minio"] as const)("a check of a bucket of %s", (kind) => {
  let proxy: FaultProxy;
  let seen: Awaited<ReturnType<typeof bucketStorage>>;
  let storage: ObjectStorage;

  beforeAll(async () => {
    proxy = await startFaultProxy(servers[kind].endpoint);
    seen = await bucketStorage(servers[kind], proxy.endpoint);
    storage = await openStorage(seen.storage);
  });

  beforeEach(() => {
    proxy.reset();
  });

  afterAll(() => proxy.close());

  test("leaves nothing", async () => {
    expect(await storage.check(signal)).toEqual([]);

    expect(await seen.objects()).toEqual([]);
    expect(await seen.unfinished()).toEqual([]);
    expect(proxy.requests.map(({ name }) => name)).toEqual([
      ...["CreateMultipartUpload", "UploadPart", "AbortMultipartUpload", "PutObject", "DeleteObject"],
    ]);
  });

  test.each(["CreateMultipartUpload", "UploadPart", "AbortMultipartUpload", "PutObject"])(
    "fails when %s is refused, and leaves no object",
    async (operation) => {
      const fault: Fault = { kind: "error", status: 403, code: "AccessDenied" };
      proxy.inject({ when: isOperation(operation), times: Infinity, fault });

      await expect(storage.check(signal)).rejects.toMatchObject({ code: "storage" });

      expect(await seen.objects()).toEqual([]);
    },
  );

  test("is well when nothing may be removed or read, as a dump needs neither", async () => {
    const refused = (request: SeenRequest) => ["DeleteObject", "GetObject", "HeadObject"].includes(request.name);
    proxy.inject({ when: refused, times: Infinity, fault: { kind: "error", status: 403, code: "AccessDenied" } });

    const first = await storage.check(signal);
    const second = await storage.check(signal);

    expect(first).toEqual([expect.stringMatching(/ksnapshot-check stays .*AccessDenied/)]);
    expect(second).toEqual([]);
    expect(await seen.objects()).toEqual([checked]);
  });
});
