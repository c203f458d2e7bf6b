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
  cronJob: null,
  owner: null,
  pod: "pod",
  skipped: [],
  notes: [],
});

test("a manifest comes back as it went, and fields of a later version are no error", () => {
  expect(decodeManifest(encodeManifest(manifest))).toEqual(manifest);
  expect(decodeManifest(Buffer.from(JSON.stringify({ ...manifest, later: true })))).toEqual(manifest);
});

test.each([
  ["of another schema version", { schemaVersion: 2 }, /schemaVersion: only schema version 1 is known here/],
  ["without objects", { objects: [] }, /objects/],
  ["with a hash that is none", { objects: [{ ...manifest.objects[0], sha256: "abc" }] }, /objects\.0\.sha256/],
  ["of an unknown engine", { engine: "oracle" }, /engine/],
])("a manifest %s is refused by the name of the field", (_, change, problem) => {
  expect(() => decodeManifest(Buffer.from(JSON.stringify({ ...manifest, ...change })))).toThrow(problem);
});
