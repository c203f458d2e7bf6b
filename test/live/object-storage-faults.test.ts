import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { mostParts, partLadder } from "../../contract/part-ladder.ts";
import { Progress } from "../../dumper/progress.ts";
import { listSnapshots, readSnapshot } from "../../dumper/restore/snapshots.ts";
import { verifyObject } from "../../dumper/restore/verify.ts";
import { openBucket } from "../../dumper/sink/bucket.ts";
import type { ObjectKey } from "../../dumper/sink/object-key.ts";
import { type ObjectStorage, openStorage } from "../../dumper/sink/object-storage.ts";
import { encodeManifest } from "../../dumper/sink/snapshot-manifest.ts";
import { openS3Client } from "../../dumper/sink/s3-client.ts";
import { type Fault, type FaultProxy, isOperation, type SeenRequest, startFaultProxy } from "../bed/http-proxy.ts";
import { type S3Server, startMinio, startVersitygw } from "../bed/s3.ts";
import { startToxiproxy, type Toxiproxy } from "../bed/toxiproxy.ts";
import { until } from "../bed/wait.ts";
import { snapshotAt } from "../support/snapshots.ts";
import { bucketStorage, checkStorage, newMark, type TestStorage } from "./storages.ts";

const { signal } = new AbortController();
const partBytes = partLadder(mostParts)[0]?.partSizeBytes ?? 0;
const key = "ksnapshot/2026/01/31/postgresql/dump-pod-shop-20260131030000.sql.gz" as ObjectKey;
/** So that a silent server is soon given up, and no test waits. */
const impatience = { socketTimeoutMs: 300, pauses: { firstMs: 5, longestMs: 50 } };

async function* inChunks(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += 50_000) yield bytes.subarray(start, start + 50_000);
  await Promise.resolve();
}

let toxiproxy: Toxiproxy;
let servers: Readonly<Record<"versitygw" | "minio", S3Server>>;

beforeAll(async () => {
  const [versitygw, minio] = await Promise.all([startVersitygw(), startMinio()]);
  toxiproxy = await startToxiproxy();
  servers = { versitygw, minio };
}, 900_000); // the servers may have to be built

afterAll(() => Promise.all([...Object.values(servers), toxiproxy].map((server) => server.stop())));

describe.each(["versitygw", "minio"] as const)("a bucket of %s", (kind) => {
  let proxy: FaultProxy;
  let seen: TestStorage;
  let storage: ObjectStorage;

  beforeAll(async () => {
    proxy = await startFaultProxy(servers[kind].endpoint);
  });

  beforeEach(async () => {
    proxy.reset();
    seen = await bucketStorage(servers[kind], proxy.endpoint);
    if (seen.storage.kind !== "s3") throw new Error("not a bucket");
    storage = openBucket(seen.storage, openS3Client(seen.storage, impatience));
  });

  afterAll(() => proxy.close());

  async function written(bytes: Buffer) {
    const upload = await storage.begin(key, newMark(), signal);
    await upload.write(inChunks(bytes), new Progress(), signal);
    return upload;
  }

  async function expectNothingLeft(): Promise<void> {
    expect(await seen.objects()).toEqual([]);
    expect(await seen.unfinished()).toEqual([]);
  }

  test("a manifest that arrives after its run has given up names nothing that is there, and is no snapshot", async () => {
    const { key: manifestKey, manifest } = snapshotAt("2026-01-31T03:00:00Z");
    // Later than all attempts together wait.
    proxy.inject({ when: isOperation("PutObject"), times: Infinity, fault: { kind: "delay", delayMs: 5_000 } });

    await expect(storage.put(manifestKey, encodeManifest(manifest))).rejects.toMatchObject({ code: "storage" });
    expect(await seen.objects()).toEqual([]);
    await until("the manifest arrives", 60_000, async () => (await seen.objects()).length > 0);

    const { snapshots, broken } = await listSnapshots(storage, "", signal);
    const { objects } = await readSnapshot(storage, manifestKey, signal);
    const [object] = objects;
    if (object === undefined) throw new Error("no object");
    const reading = { storage, engine: manifest.engine, object, identities: [], progress: new Progress(), signal };
    expect(snapshots).toEqual([]);
    expect(broken).toMatchObject([{ key: manifestKey, problem: expect.stringContaining("is not there") }]);
    expect(await verifyObject(reading)).toMatchObject({ verdict: "damaged" });
  }, 120_000);

  const passing: readonly (readonly [string, Fault])[] = [
    ["500", { kind: "error", status: 500, code: "InternalError" }],
    ["500 although they were carried out", { kind: "error", status: 500, code: "InternalError", forward: true }],
    ["503 to slow down", { kind: "error", status: 503, code: "SlowDown" }],
    ["a reset", { kind: "reset" }],
    ["a reset although they were carried out", { kind: "reset", forward: true }],
    ["silence", { kind: "silence" }],
    ["silence although they were carried out", { kind: "silence", forward: true }],
  ];
  const operations = [
    "CreateMultipartUpload",
    "UploadPart",
    "CompleteMultipartUpload",
    "PutObject",
    "GetObject",
    "ListObjectsV2",
    "DeleteObject",
    "AbortMultipartUpload",
  ];

  test.each(passing)(
    "stores, reads and takes back although the first two requests of each kind meet %s",
    async (_, fault) => {
      const bytes = randomBytes(partBytes + 5);
      for (const operation of operations) proxy.inject({ when: isOperation(operation), times: 2, fault });

      const upload = await written(bytes);
      await upload.complete();
      await storage.put(`${key}.manifest.json` as ObjectKey, Buffer.from("{}"));
      const listed = [];
      for await (const object of storage.list("", signal)) listed.push(object.key);
      const back = await buffer(storage.read(key, signal));
      const unfinished = await seen.unfinished();
      const given = await storage.begin(`${key}-2` as ObjectKey, newMark(), signal);
      await given.discard();
      await upload.discard();
      await storage.remove(`${key}.manifest.json` as ObjectKey);

      expect(back.equals(bytes)).toBe(true);
      expect(listed.sort()).toEqual([key, `${key}.manifest.json`]);
      expect(unfinished).toEqual([]);
      await expectNothingLeft();
      const met = new Set(proxy.requests.filter(({ isFaulted }) => isFaulted).map(({ name }) => name));
      expect([...met].sort()).toEqual([...operations].sort());
    },
    60_000,
  );

  test("keeps an object whose completion was never answered", async () => {
    const upload = await written(randomBytes(10));
    proxy.inject({
      when: isOperation("CompleteMultipartUpload"),
      times: Infinity,
      fault: { kind: "reset", forward: true },
    });

    await upload.complete();

    expect(await seen.objects()).toEqual([key]);
    await upload.discard();
    await expectNothingLeft();
  }, 60_000);

  test("keeps a small object whose answers were all lost", async () => {
    proxy.inject({ when: isOperation("PutObject"), times: Infinity, fault: { kind: "reset", forward: true } });

    await storage.put(key, Buffer.from("{}"));

    expect((await buffer(storage.read(key, signal))).toString()).toBe("{}");
  }, 60_000);

  test("has nothing of an upload whose completion answered 200 with an error in its body", async () => {
    const upload = await written(randomBytes(10));
    const fault = { kind: "error", status: 200, code: "InternalError" } as const;
    proxy.inject({ when: isOperation("CompleteMultipartUpload"), times: Infinity, fault });

    await expect(upload.complete()).rejects.toMatchObject({ code: "storage" });
    await upload.discard();

    await expectNothingLeft();
  }, 60_000);

  test("has nothing of a small object that was refused after it was stored", async () => {
    const fault = { kind: "error", status: 500, code: "InternalError" } as const;
    proxy.inject({ when: isOperation("PutObject"), times: Infinity, fault: { ...fault, forward: true } });
    proxy.inject({ when: isOperation("GetObject"), times: Infinity, fault });

    await expect(storage.put(key, Buffer.from("{}"))).rejects.toMatchObject({ code: "storage" });

    await expectNothingLeft();
  }, 60_000);

  test("has no upload of a beginning that was never answered", async () => {
    proxy.inject({
      when: isOperation("CreateMultipartUpload"),
      times: Infinity,
      fault: { kind: "reset", forward: true },
    });

    const ended = await checkStorage(seen.env);

    expect(ended).toMatchObject({
      code: "storage",
      message: expect.stringMatching(/ECONNRESET.*; check that the end/),
    });
    expect(proxy.requests.filter(isOperation("CreateMultipartUpload")).length).toBeGreaterThan(1);
    await expectNothingLeft();
  }, 60_000);

  test("has no upload of a beginning that was given up", async () => {
    const controller = new AbortController();
    proxy.inject({ when: isOperation("CreateMultipartUpload"), fault: { kind: "silence", forward: true } });
    const isAnswered = () => proxy.requests.some(({ name }) => name === "CreateMultipartUpload");
    const begun = storage.begin(key, newMark(), controller.signal);
    begun.catch(() => null); // awaited below

    await until("the upload to be begun", 10_000, async () => isAnswered() && (await seen.unfinished()).length > 0);
    controller.abort();

    await expect(begun).rejects.toThrow();
    await expectNothingLeft();
  }, 60_000);

  test("is asked to complete again when another request for the key was under way", async () => {
    const upload = await written(randomBytes(10));
    const fault = { kind: "error", status: 409, code: "ConditionalRequestConflict" } as const;
    proxy.inject({ when: isOperation("CompleteMultipartUpload"), fault });

    await upload.complete();

    expect(await seen.objects()).toEqual([key]);
  });

  test("tells of an abort that is refused", async () => {
    const upload = await written(randomBytes(10));
    const fault = { kind: "error", status: 403, code: "AccessDenied" } as const;
    proxy.inject({ when: isOperation("AbortMultipartUpload"), times: Infinity, fault });

    await expect(upload.discard()).rejects.toThrow(/refused to abort the upload: AccessDenied/);

    proxy.reset();
    await upload.discard();
    await expectNothingLeft();
  });

  const hasHeader = (part: string) => (request: SeenRequest) =>
    Object.keys(request.headers).some((name) => name.includes(part));

  test.each([
    { what: "conditions", header: "if-none-match", status: 501, code: "NotImplemented" },
    { what: "checksums", header: "x-amz-checksum", status: 400, code: "InvalidArgument" },
  ])("takes everything although it takes no $what, and is asked for them once", async ({ header, status, code }) => {
    const bytes = randomBytes(partBytes + 1);
    proxy.inject({ when: hasHeader(header), times: Infinity, fault: { kind: "error", status, code } });

    await (await written(bytes)).complete();
    const back = await buffer(storage.read(key, signal));
    const second = await storage.begin(`${key}-2` as ObjectKey, newMark(), signal);
    await second.write(inChunks(bytes), new Progress(), signal);
    await second.complete();
    await storage.put(`${key}.manifest.json` as ObjectKey, Buffer.from("{}"));

    expect(back.equals(bytes)).toBe(true);
    expect(await seen.objects()).toEqual([key, `${key}-2`, `${key}.manifest.json`]);
    expect(proxy.requests.filter(hasHeader(header))).toHaveLength(1);
  });

  test.each([
    { code: "ExpiredToken", status: 403, remedy: /renew the credentials/ },
    { code: "RequestTimeTooSkewed", status: 403, remedy: /set the clock of this node/ },
    { code: "SlowDown", status: 503, remedy: /the storage throttles/ },
    { code: "AccessDenied", status: 403, remedy: /grant it in the policy/ },
    { code: "Unheard-of", status: 403, remedy: /grant it in the policy/ },
  ])("that answers $code is told with what to do", async ({ code, status, remedy }) => {
    proxy.inject({ when: () => true, times: Infinity, fault: { kind: "error", status, code } });

    await expect(storage.begin(key, newMark(), signal)).rejects.toMatchObject({
      code: "storage",
      message: expect.stringMatching(new RegExp(`${code}.*${remedy.source}`)),
    });
  });

  test("reads on where a connection broke", async () => {
    const bytes = randomBytes(partBytes);
    await (await written(bytes)).complete();
    if (seen.storage.kind !== "s3") throw new Error("not a bucket");
    const { hostname, port } = new URL(servers[kind].endpoint);
    const connection = await toxiproxy.proxyTo(hostname, Number(port));
    await connection.addToxic({ type: "limit_data", attributes: { bytes: 1_500_000 } });
    const flaky = openBucket({ ...seen.storage, endpoint: `http://${connection.host}:${connection.port}` });

    const back = await buffer(flaky.read(key, signal));

    expect(back.equals(bytes)).toBe(true);
    flaky.close();
    await connection.remove();
  }, 60_000);
});

test.each([
  { name: "no such bucket", change: { BACKEND_BUCKET: "not-there-at-all" }, message: /NoSuchBucket.*; create the b/ },
  { name: "a wrong key", change: { BACKEND_S3_ACCESS_KEY: "nobody" }, message: /; correct the access key and/ },
  { name: "a wrong secret", change: { BACKEND_S3_SECRET_KEY: "wrong" }, message: /; correct the access key and/ },
  { name: "a port of nobody", change: { BACKEND_S3_ENDPOINT: "http://127.0.0.1:1" }, message: /REFUSED.*; check that/ },
])(
  "$name is told with what to do",
  async ({ change, message }) => {
    const { env } = await bucketStorage(servers.versitygw);

    expect(await checkStorage(env)).toMatchObject({ code: "well" });
    expect(await checkStorage({ ...env, ...change })).toMatchObject({
      code: "storage",
      message: expect.stringMatching(message),
    });
  },
  60_000,
);

test("a storage that throttles for ever is waited for, and given up within half a minute", async () => {
  const proxy = await startFaultProxy(servers.versitygw.endpoint);
  proxy.inject({ when: () => true, times: Infinity, fault: { kind: "error", status: 503, code: "SlowDown" } });
  const { storage } = await bucketStorage(servers.versitygw, proxy.endpoint);
  const bucket = await openStorage(storage);
  const startedAt = performance.now();

  await expect(bucket.begin(key, newMark(), signal)).rejects.toMatchObject({ code: "storage" });

  expect(performance.now() - startedAt).toBeGreaterThan(5_000); // a server that restarts is back by then
  expect(performance.now() - startedAt).toBeLessThan(30_000);
  bucket.close();
  await proxy.close();
}, 60_000);

describe("a gateway that is no S3", () => {
  /** Takes everything, keeps nothing, and says so as S3 does when it fails after its answer has begun. */
  const liar: RequestListener = ({ method, url = "" }, answer) => {
    const isCompletion = method === "POST" && url.includes("uploadId");
    if (method === "HEAD" || method === "GET") answer.writeHead(404).end();
    else if (isCompletion) answer.end("<Error><Code>InternalError</Code></Error>\n");
    else if (method === "POST") {
      answer.end("<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>");
    } else answer.writeHead(200, { etag: '"1"' }).end();
  };
  const page: RequestListener = (_, answer) => answer.end("<html>Please sign in</html>");

  async function opened(listener: RequestListener) {
    const server = createServer((request, answer) => {
      request.resume().once("end", () => {
        listener(request, answer);
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { storage } = await bucketStorage(servers.minio);
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    if (storage.kind !== "s3") throw new Error("not a bucket");
    const bucket = await openStorage({ ...storage, endpoint });
    return {
      bucket,
      close: () => {
        bucket.close();
        server.close();
      },
    };
  }

  test("is not believed when its completion holds an error that the client library overlooks", async () => {
    const { bucket, close } = await opened(liar);
    const upload = await bucket.begin(key, newMark(), signal);
    await upload.write(inChunks(randomBytes(10)), new Progress(), signal);

    await expect(upload.complete()).rejects.toMatchObject({ code: "storage" });

    close();
  });

  test("is not believed when it answers with a page of its own", async () => {
    const { bucket, close } = await opened(page);

    await expect(bucket.begin(key, newMark(), signal)).rejects.toMatchObject({ code: "storage" });
    await expect(bucket.put(key, Buffer.from("{}"))).rejects.toMatchObject({ code: "storage" });

    close();
  }, 60_000);
});
