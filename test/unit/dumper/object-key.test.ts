import { expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  isDumpKey,
  isManifestKey,
  manifestKey,
  monthFolders,
  objectKey,
  parseObjectKey,
  podOf,
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

test.each([
  ["an object", objectKey({ ...run, pod }, "shop", { compression: "gzip", encrypted: true }), pod],
  ["a part", objectKey({ ...run, engine: "opensearch", pod }, "data", { compression: "gzip", encrypted: false }), pod],
  ["a manifest", manifestKey({ ...run, pod }), pod],
  ["a file whose name was cut", `${folder}/dump-${pod}-sho`, pod],
  ["another prefix", `other/2026/01/31/postgresql/dump-${pod}-shop-20260131030405.sql`, null],
  ["another folder", `ksnapshot/postgresql/dump-${pod}-shop-20260131030405.sql`, null],
  ["another CronJob that begins so", `${folder}/dump-${cronJob}2-29401620-x7k2p-shop-20260131030405.sql`, null],
  ["a longer CronJob", `${folder}/dump-${cronJob}-copy-29401620-x7k2p-shop-20260131030405.sql`, null],
  ["a job by hand", `${folder}/dump-${cronJob}-by-hand-x7k2p-shop-20260131030405.sql`, null],
  ["a foreign object", `${folder}/${pod}-shop.sql`, null],
])("the key of %s tells whose run it was", (_, key, found) => {
  expect(podOf(key, "ksnapshot/", cronJob)).toBe(found);
});

test("every key of a run is known as the run's, whatever the names are", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", minLength: 1 }), (name) => {
      const key = objectKey({ ...run, pod }, name, { compression: "gzip", encrypted: false });

      expect(podOf(key, "ksnapshot/", cronJob)).toBe(pod);
    }),
  );
});

test("the months of a time are its own and the one before", () => {
  expect(monthFolders("ksnapshot/", new Date("2026-01-31T23:59:59Z"))).toEqual([
    "ksnapshot/2026/01/",
    "ksnapshot/2025/12/",
  ]);
  expect(monthFolders("", new Date("2026-03-31T00:00:00Z"))).toEqual(["2026/03/", "2026/02/"]);
});
