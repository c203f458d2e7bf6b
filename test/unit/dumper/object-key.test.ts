import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { isDumpKey, isManifestKey, manifestKey, objectKey, parseObjectKey } from "../../../dumper/sink/object-key.ts";

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
