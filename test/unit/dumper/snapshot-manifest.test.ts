import { expect, test } from "@jest/globals";
import type { ObjectKey } from "../../../dumper/sink/object-key.ts";
import { decodeManifest, encodeManifest, manifestOf } from "../../../dumper/sink/snapshot-manifest.ts";

const manifest = manifestOf({
  engine: "postgresql",
  serverVersion: "16.4",
  toolVersion: "18.1",
  objects: [
    {
      key: "2026/01/31/postgresql/dump-pod-shop-20260131030405.sql.gz" as ObjectKey,
      name: "shop",
      bytes: 10,
      sha256: "0".repeat(64),
      dumpBytes: 100,
      compression: "gzip",
      encrypted: false,
    },
  ],
  recipients: [],
  startedAt: "2026-01-31T03:04:05.000Z",
  finishedAt: "2026-01-31T03:04:06.500Z",
  seconds: 1.5,
  runId: "run",
  cluster: null,
  ownerUid: null,
  cronJob: null,
  owner: null,
  pod: "pod",
  skipped: [],
  notes: [],
});

const folder = "2026/01/31/postgresql";
const key = `${folder}/dump-pod-20260131030405.manifest.json`;
const [object] = manifest.objects;

function decoded(change: object) {
  return decodeManifest(Buffer.from(JSON.stringify({ ...manifest, ...change })), key);
}

/** Its one object under another key, or with something else changed. */
function withObject(change: object) {
  return { objects: [{ ...object, ...change }] };
}

test("a manifest comes back as it went, and fields of a later version are no error", () => {
  expect(decodeManifest(encodeManifest(manifest), key)).toEqual(manifest);
  expect(decoded({ later: true })).toEqual(manifest);
});

test.each([
  ["of another schema version", { schemaVersion: 2 }, /schemaVersion: only schema version 1 is known here/],
  ["without objects", { objects: [] }, /objects/],
  ["with a hash that is none", withObject({ sha256: "abc" }), /objects\.0\.sha256/],
  ["of an unknown engine", { engine: "oracle" }, /engine/],
  ["of negative duration", { seconds: -1 }, /seconds/],
  ["with a negative size", withObject({ bytes: -1 }), /objects\.0\.bytes/],
  ["with half a byte", withObject({ dumpBytes: 0.5 }), /objects\.0\.dumpBytes/],
  ["with a size that no number holds", withObject({ bytes: 2 ** 53 }), /objects\.0\.bytes/],
  ["of a day that is none", { startedAt: "2026-02-30T00:00:00Z" }, /startedAt/],
])("a manifest %s is refused by the name of the field", (_, change, problem) => {
  expect(() => decoded(change)).toThrow(problem);
});

test.each([
  ["leaves the storage", "../outside.sql.gz"],
  ["is absolute", "/etc/passwd"],
  ["has a NUL", `${folder}/dump-\0.sql.gz`],
  ["leaves its folder and comes back", `${folder}/../postgresql/dump-pod-shop-20260131030405.sql.gz`],
  ["is of another folder", "2026/01/30/postgresql/dump-pod-shop-20260130030405.sql.gz"],
  ["is of a folder below", `${folder}/more/dump-pod-shop-20260131030405.sql.gz`],
  ["is of no dump", `${folder}/secret.sql.gz`],
  ["is the manifest's own", key],
  ["is of another engine's dump", `${folder}/dump-pod-20260131030405-data.jsonl.gz`],
  ["is of another compression", `${folder}/dump-pod-shop-20260131030405.sql.zst`],
  ["is of an encrypted dump", `${folder}/dump-pod-shop-20260131030405.sql.gz.age`],
])("a manifest with a key that %s is refused", (_, text) => {
  expect(() => decoded(withObject({ key: text }))).toThrow(/^not a snapshot manifest: objects\.0\.key: /);
});

test("a manifest that names an object twice is refused", () => {
  expect(() => decoded({ objects: [object, object] })).toThrow(/objects\.1\.key: .* another object/);
});

test.each(["NaN", "1e999", "-1"])("a manifest whose duration is %s is refused", (number) => {
  const text = JSON.stringify(manifest).replace('"seconds":1.5', `"seconds":${number}`);

  expect(() => decodeManifest(Buffer.from(text), key)).toThrow();
});

test("of a thousand problems some are told", () => {
  const objects = Array.from({ length: 1000 }, () => ({ ...object, bytes: -1 }));

  expect(() => decoded({ objects })).toThrow(/^.{1,400} and 997 more$/);
});
