import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { randomBytes, randomUUID } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { mostParts, partLadder } from "../../contract/part-ladder.ts";
import { Progress } from "../../dumper/progress.ts";
import { toldApart } from "../../dumper/restore/origin.ts";
import { listSnapshots } from "../../dumper/restore/snapshots.ts";
import type { ObjectKey } from "../../dumper/sink/object-key.ts";
import { type ObjectStorage, openStorage } from "../../dumper/sink/object-storage.ts";
import { type S3Server, startMinio, startVersitygw } from "../bed/s3.ts";
import { bucketStorage, directoryStorage, newMark, type TestStorage } from "./storages.ts";

const { signal } = new AbortController();
const partBytes = partLadder(mostParts)[0]?.partSizeBytes ?? 0;
const key = "ksnapshot/2026/01/31/postgresql/dump-pod-a%2Fb-20260131030000.sql.gz" as ObjectKey;

// eslint-disable-next-line @typescript-eslint/require-await -- a source may have its bytes at hand
async function* inChunks(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += 50_000) yield bytes.subarray(start, start + 50_000);
}

let servers: Readonly<Record<"versitygw" | "minio", S3Server>>;

beforeAll(async () => {
  const [versitygw, minio] = await Promise.all([startVersitygw(), startMinio()]);
  servers = { versitygw, minio };
}, 900_000); // the servers may have to be built

afterAll(() => Promise.all(Object.values(servers).map((server) => server.stop())));

const kinds = ["directory", "versitygw", "minio"] as const;

describe.each(kinds)("objects in a %s", (kind) => {
  let seen: TestStorage;
  let storage: ObjectStorage;

  beforeAll(async () => {
    seen = kind === "directory" ? await directoryStorage() : await bucketStorage(servers[kind]);
    storage = await openStorage(seen.storage);
  });

  afterAll(() => {
    storage.close();
  });

  test("that no manifest names are told apart by who made them, where the storage keeps marks", async () => {
    const foreign = `${key}.age` as ObjectKey;
    const upload = await storage.begin(
      key,
      { runId: randomUUID(), cluster: null, cronJob: null, ownerUid: null },
      signal,
    );
    await upload.write(inChunks(randomBytes(3)), new Progress(), signal);
    await upload.complete();
    await storage.put(foreign, Buffer.from("of another tool"));

    const { snapshots, unnamed } = await listSnapshots(storage, "", signal);
    const { incomplete, foreign: others } = await toldApart(storage, unnamed, signal);
    await Promise.all([storage.remove(key), storage.remove(foreign)]);

    const told =
      kind === "directory" ? { ours: [key, foreign].sort(), others: [] } : { ours: [key], others: [foreign] };
    expect(snapshots).toEqual([]);
    expect(incomplete.map((object) => object.key).sort()).toEqual(told.ours);
    expect(others.map((object) => object.key)).toEqual(told.others);
  });

  test.each([0, 1, partBytes - 1, partBytes, partBytes + 1, 3 * partBytes + 17])(
    "of %i bytes come back as they went",
    async (size) => {
      const bytes = randomBytes(size);
      const progress = new Progress();

      const upload = await storage.begin(key, newMark(), signal);
      await upload.write(inChunks(bytes), progress, signal);
      expect(await seen.objects()).toEqual([]);
      await upload.complete();

      expect(progress.storedBytes).toBe(size);
      expect(await seen.objects()).toEqual([key]);
      expect(await seen.unfinished()).toEqual([]);
      expect((await buffer(storage.read(key, signal))).equals(bytes)).toBe(true);
      await storage.remove(key);
      expect(await seen.objects()).toEqual([]);
    },
  );

  test("whose parts grow come back as they went", async () => {
    const growing = await openStorage(seen.storage.kind === "s3" ? { ...seen.storage, maxParts: 10 } : seen.storage);
    const bytes = randomBytes(7 * partBytes + 5); // 8, 8, 16, 16 and the beginning of 128 MiB

    const upload = await growing.begin(key, newMark(), signal);
    await upload.write(inChunks(bytes), new Progress(), signal);
    await upload.complete();

    expect((await buffer(growing.read(key, signal))).equals(bytes)).toBe(true);
    await upload.discard();
    growing.close();
  }, 30_000);

  test("leave nothing when they are taken back, whether or not they were completed", async () => {
    const removePlanted = await seen.plant(key);
    const begun = await storage.begin(`${key}-1` as ObjectKey, newMark(), signal);
    const written = await storage.begin(`${key}-2` as ObjectKey, newMark(), signal);
    await written.write(inChunks(randomBytes(partBytes + 1)), new Progress(), signal);
    const completed = await storage.begin(`${key}-3` as ObjectKey, newMark(), signal);
    await completed.write(inChunks(randomBytes(10)), new Progress(), signal);
    await completed.complete();

    expect(await seen.unfinished()).toHaveLength(3);
    for (const upload of [begun, written, completed]) await upload.discard();

    expect(await seen.unfinished()).toEqual([expect.stringContaining("dump-pod")]);
    expect(await seen.objects()).toEqual([]);
    await removePlanted();
  });

  test("fail with the source's own error, and can then be taken back", async () => {
    // eslint-disable-next-line @typescript-eslint/require-await -- as above
    async function* breaking(): AsyncGenerator<Buffer> {
      yield randomBytes(partBytes + 5);
      throw new Error("the source broke");
    }

    const upload = await storage.begin(key, newMark(), signal);
    await expect(upload.write(breaking(), new Progress(), signal)).rejects.toThrow("the source broke");
    await upload.discard();

    expect(await seen.unfinished()).toEqual([]);
    expect(await seen.objects()).toEqual([]);
  });

  test("are never overwritten, nor removed by what was to stand in their place", async () => {
    await storage.put(key, Buffer.from("first"));
    const upload = await storage.begin(key, newMark(), signal);
    await upload.write(inChunks(Buffer.from("second")), new Progress(), signal);

    await expect(storage.put(key, Buffer.from("third"))).rejects.toMatchObject({ code: "storage" });
    await expect(upload.complete()).rejects.toMatchObject({
      code: "storage",
      message: expect.stringContaining("never overwritten"),
    });
    await upload.discard();

    expect((await buffer(storage.read(key, signal))).toString()).toBe("first");
    expect(await seen.objects()).toEqual([key]);
    expect(await seen.unfinished()).toEqual([]);
    await storage.remove(key);
  });

  test("that were begun are known by their keys, and can be given up by whoever finds them", async () => {
    const keys = [`${key}-1`, `${key}-2`] as ObjectKey[];
    const uploads = await Promise.all(keys.map((one) => storage.begin(one, newMark(), signal)));
    for (const upload of uploads) await upload.write(inChunks(randomBytes(10)), new Progress(), signal);

    const found = [];
    for await (const upload of storage.unfinished(signal)) found.push(upload);

    expect(found.map((upload) => upload.key).sort()).toEqual(keys);
    for (const { touchedAt, discard } of found) {
      expect(Math.abs(touchedAt.getTime() - Date.now())).toBeLessThan(60_000);
      await discard();
      await discard(); // somebody else was quicker
    }
    for (const upload of uploads) await upload.discard();
    expect(await seen.unfinished()).toEqual([]);
  });

  test("are listed by the beginning of their keys, with their sizes", async () => {
    const keys = ["a/1", "a/2", "b/1"] as ObjectKey[];
    for (const [index, one] of keys.entries()) await storage.put(one, Buffer.alloc(index + 1));

    const listed = [];
    for await (const object of storage.list("a/", signal)) listed.push(object);

    expect(listed.map(({ key: one, bytes }) => [one, bytes]).sort()).toEqual([
      ["a/1", 1],
      ["a/2", 2],
    ]);
    for (const { storedAt } of listed) expect(Math.abs(storedAt.getTime() - Date.now())).toBeLessThan(60_000);
    for (const one of keys) await storage.remove(one);
  });

  test("that are not there cannot be read, and removing them is no error", async () => {
    await storage.remove("not/there" as ObjectKey);

    await expect(buffer(storage.read("not/there" as ObjectKey, signal))).rejects.toMatchObject({ code: "storage" });
  });

  test("can be checked for without a trace", async () => {
    await storage.check(signal);

    expect(await seen.objects()).toEqual([]);
    expect(await seen.unfinished()).toEqual([]);
  });
});
