import { expect, test } from "@jest/globals";
import { parseSnapshotReference } from "../../../cli/snapshot-reference.ts";
import { parseWorkloadReference } from "../../../cli/workload-reference.ts";

const shopDb = { kind: null, namespace: "shop", name: "db" };

test.each([
  "ksnapshot/2026/01/31/postgresql/dump-pod-20260131030000.manifest.json",
  "ksnapshot/2026/01/31/mysql/dump-pod-shop-20260131030000.sql.gz.age",
  "dump-pod-20260131030000-data.jsonl",
])("%s is a key", (key) => {
  expect(parseSnapshotReference(key)).toEqual({ value: { kind: "key", key } });
});

test.each([
  ["shop/db", shopDb],
  ["deployment/shop/db", { ...shopDb, kind: "deployment" }],
  ["StatefulSet/shop/db", { ...shopDb, kind: "statefulset" }],
  ["shop/db.v2", { ...shopDb, name: "db.v2" }],
])("%s is the newest of a workload", (text, workload) => {
  expect(parseSnapshotReference(text)).toEqual({ value: { kind: "newest", workload, until: null } });
  expect(parseWorkloadReference(text)).toEqual({ value: workload });
});

test.each([
  ["2026-01-31", "2026-01-31T23:59:59.999Z"],
  ["2026-01-31T03:00", "2026-01-31T03:00:59.999Z"],
  ["2026-01-31 03:00", "2026-01-31T03:00:59.999Z"],
  ["2026-01-31T03:00:05", "2026-01-31T03:00:05.999Z"],
  ["2026-01-31T03:00:05Z", "2026-01-31T03:00:05.999Z"],
  ["2026-01-31T03:00+01:00", "2026-01-31T02:00:59.999Z"],
  ["2024-02-29", "2024-02-29T23:59:59.999Z"],
])("@%s reaches to %s", (time, until) => {
  const value = { kind: "newest", workload: shopDb, until: new Date(until) };

  expect(parseSnapshotReference(`shop/db@${time}`)).toEqual({ value });
});

test.each([
  "shop/db@",
  "shop/db@yesterday",
  "shop/db@2026-02-30",
  "shop/db@2026-01-31T25:00",
  "shop/db@2026-01-31Z",
  "shop/db@2026-01-31@2026-01-30",
])("%s is refused for its time", (text) => {
  expect(parseSnapshotReference(text)).toMatchObject({ problem: expect.stringContaining("is not a time such as") });
});

test.each([
  "db",
  "",
  "/db",
  "shop/",
  "/shop/db",
  "a/deployment/shop/db",
  "SHOP/db",
  "shop/../db",
  "../dump-pod-20260131030000.manifest.json",
  "a//dump-pod-20260131030000.manifest.json",
])("%j is refused", (text) => {
  expect(parseSnapshotReference(text)).toMatchObject({ problem: expect.stringContaining("is not a key") });
  expect(parseWorkloadReference(text)).toHaveProperty("problem");
});
