import { expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  dumpsPrefix,
  isDumpKey,
  isManifestKey,
  isOfRun,
  manifestKey,
  objectKey,
  parseObjectKey,
  runRecordKey,
  runRecordsPrefix,
} from "../../../dumper/sink/object-key.ts";

const run = {
  prefix: "ksnapshot/",
  engine: "postgresql",
  pod: "ksnapshot-postgresql-shop-1",
  startedAt: new Date("2026-01-31T03:04:05.678Z"),
} as const;
const folder = "ksnapshot/2026/01/31/postgresql";

test.each([
  ["gzip", false, "dump-ksnapshot-postgresql-shop-1-shop-20260131030405.sql.gz"],
  ["zstd", false, "dump-ksnapshot-postgresql-shop-1-shop-20260131030405.sql.zst"],
  ["none", true, "dump-ksnapshot-postgresql-shop-1-shop-20260131030405.sql.age"],
  ["gzip", true, "dump-ksnapshot-postgresql-shop-1-shop-20260131030405.sql.gz.age"],
] as const)("a key tells the compression %s and the encryption %s", (compression, encrypted, name) => {
  expect(objectKey(run, "shop", { compression, encrypted })).toBe(`${folder}/${name}`);
});

test("a search engine's parts come after the time", () => {
  const key = objectKey({ ...run, engine: "elasticsearch" }, "index_template", {
    compression: "gzip",
    encrypted: false,
  });

  expect(key).toBe(
    "ksnapshot/2026/01/31/elasticsearch/dump-ksnapshot-postgresql-shop-1-20260131030405-index_template.jsonl.gz",
  );
});

test("a manifest stands in the folder of its objects", () => {
  expect(manifestKey(run)).toBe(`${folder}/dump-ksnapshot-postgresql-shop-1-20260131030405.manifest.json`);
});

test.each([
  ["../../x", "..%2F..%2Fx"],
  ["$(X)", "%24%28X%29"],
  ["größe 1", "gr%C3%B6%C3%9Fe%201"],
  ["%2F", "%252F"],
])("the name %s is written %s", (name, written) => {
  expect(objectKey(run, name, { compression: "none", encrypted: false })).toContain(`-${written}-`);
});

test("no name leaves its folder, and the key is always known as an object's and never as a manifest's", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", minLength: 1 }), (name) => {
      const key = objectKey(run, name, { compression: "gzip", encrypted: false });

      expect(key.startsWith(`${folder}/dump-`)).toBe(true);
      expect(key.slice(folder.length + 1)).toMatch(/^[A-Za-z0-9._%-]+$/);
      expect([isDumpKey(key), isManifestKey(key), parseObjectKey(key)]).toEqual([true, false, key]);
    }),
  );
});

test.each(["", "/a", "a/", "a//b", "../x", "a/../../x", "./a", "a\0b"])("%j is no key", (text) => {
  expect(parseObjectKey(text)).toBeNull();
});

const cronJob = "ksnapshot-postgresql-shop-db-0546e90e";
const pod = `${cronJob}-29401620-x7k2p`;
const ofPod = { ...run, pod };
const plain = { compression: "gzip", encrypted: false } as const;

test.each([
  ["an object", objectKey(ofPod, "shop", { compression: "zstd", encrypted: true }), true],
  ["one whose name looks like an end", objectKey(ofPod, "shop-20250101000000.sql", plain), true],
  ["a manifest", manifestKey(ofPod), false],
  ["another pod", objectKey({ ...run, pod: `${pod}2` }, "shop", plain), false],
  ["a pod whose name begins so", objectKey({ ...run, pod: `${pod}-2` }, "shop-20250101000000.sql", plain), true],
  ["the same pod at another time", objectKey({ ...ofPod, startedAt: new Date(0) }, "shop", plain), false],
  ["another prefix", `other/${objectKey(ofPod, "shop", plain)}`, false],
  ["another engine", objectKey({ ...ofPod, engine: "mysql" }, "shop", plain), false],
  ["a foreign object", `${folder}/${pod}-shop.sql`, false],
])("the key of %s tells whether it may be the run's", (_, key, expected) => {
  expect(isOfRun(key, ofPod)).toBe(expected);
});

test.each(["postgresql", "opensearch"] as const)("every key of a run of %s is known as the run's", (engine) => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", minLength: 1 }), (name) => {
      const key = objectKey({ ...ofPod, engine }, name, plain);

      expect(isOfRun(key, { ...ofPod, engine })).toBe(true);
      expect(isOfRun(key, { ...ofPod, engine, startedAt: new Date(0) })).toBe(false);
      expect(key.startsWith(dumpsPrefix({ ...ofPod, engine }))).toBe(true);
    }),
  );
});

test("the records of a CronJob's runs stand in a folder of its own", () => {
  const key = runRecordKey(ofPod, cronJob);

  expect(key).toBe(`ksnapshot/runs/${cronJob}/${pod}-20260131030405.json`);
  expect(key.startsWith(runRecordsPrefix("ksnapshot/", cronJob))).toBe(true);
  expect([isDumpKey(key), isManifestKey(key), parseObjectKey(key)]).toEqual([false, false, key]);
});
