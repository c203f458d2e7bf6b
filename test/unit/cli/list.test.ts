import { expect, test } from "@jest/globals";
import { onlyOf } from "../../../cli/only-of.ts";
import { byWorkload, snapshotTable } from "../../../cli/snapshot-table.ts";
import { ageText } from "../../../cli/text.ts";
import { newestFirst, type Snapshot } from "../../../dumper/restore/snapshots.ts";
import type { ObjectKey } from "../../../dumper/sink/object-key.ts";
import { cronJobName } from "../../../synth/names.ts";
import { brokenAt, shopDb, snapshotAt } from "../../support/snapshots.ts";

const now = new Date("2026-01-31T12:00:00Z");
const billing = { ...shopDb, kind: "StatefulSet", namespace: "billing", name: "ledger" };
const stored = snapshotAt("2026-01-31T03:00:00Z");
const [object] = stored.manifest.objects;
if (object === undefined) throw new Error("no object");

test("the table has a row for each snapshot, by workload and newest first", () => {
  const many = ["a", "b", "c", "d", "e"].map((name) => ({ ...object, name }));
  const snapshots = [
    stored,
    snapshotAt("2026-01-29T03:00:00Z", { owner: null, serverVersion: null, engine: "mysql" }),
    snapshotAt("2026-01-31T02:00:00Z", { owner: billing, recipients: ["age1"], objects: many, seconds: 200 }),
    snapshotAt("2026-01-31T11:18:00Z"),
  ].sort(newestFirst);

  const lines = snapshotTable(snapshots, now).trim().split("\n");

  expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
    ["WORKLOAD", "TAKEN (UTC)", "AGE", "ENGINE", "OBJECTS", "STORED", "TOOK", "ENCRYPTED", "KEY"],
    [
      "billing/ledger",
      "2026-01-31 02:00:00",
      "10 h",
      "postgresql 16.4",
      "a, b, c and 2 more",
      "4.9 KiB",
      "3 min 20 s",
      "yes",
      expect.stringContaining("20260131020000.manifest.json"),
    ],
    [
      "shop/db",
      "2026-01-31 11:18:00",
      "42 min",
      "postgresql 16.4",
      "shop",
      "1000 B",
      "2.0 s",
      "no",
      expect.stringContaining("20260131111800.manifest.json"),
    ],
    ["shop/db", "2026-01-31 03:00:00", "9 h", "postgresql 16.4", "shop", "1000 B", "2.0 s", "no", stored.key],
    [
      "-",
      "2026-01-29 03:00:00",
      "2 d",
      "mysql",
      "shop",
      "1000 B",
      "2.0 s",
      "no",
      expect.stringContaining("mysql/dump-pod-20260129030000"),
    ],
  ]);
});

test("workloads of one name are told apart by their kind, the others need none", () => {
  const owners = [shopDb, { ...shopDb, kind: "StatefulSet" }, billing];
  const snapshots: readonly Snapshot[] = owners.map((owner) => snapshotAt("2026-01-31T03:00:00Z", { owner }));

  expect(byWorkload(snapshots).map(({ workload }) => workload)).toEqual([
    "billing/ledger",
    "deployment/shop/db",
    "statefulset/shop/db",
  ]);
});

test("what has no readable manifest is told to be a workload's by its key", () => {
  const pod = `${cronJobName("postgresql", "shop", "db")}-29375000-abcde`;
  const other = `${cronJobName("postgresql", "shop", "db2")}-29375000-abcde`;
  const incomplete = [pod, other].map((name) => ({
    key: `x/dump-${name}-shop-20260131030000.sql.gz` as ObjectKey,
    bytes: 1,
  }));
  const ours = brokenAt("2026-01-31T03:00:00Z");
  const unreadable = { ...brokenAt("2026-01-31T04:00:00Z", { pod }), manifest: null };
  const broken = [ours, unreadable, { ...unreadable, key: unreadable.key.replace(pod, other) as ObjectKey }];
  const snapshots = [stored, snapshotAt("2026-01-31T03:00:00Z", { owner: billing })];

  const listing = onlyOf({ snapshots, unnamed: incomplete, broken }, { kind: null, namespace: "shop", name: "db" });

  expect(listing).toEqual({
    snapshots: [stored],
    unnamed: incomplete.slice(0, 1),
    broken: [ours, unreadable],
  });
});

test.each([
  [-5, "0 min"],
  [119 * 60, "119 min"],
  [120 * 60, "2 h"],
  [47 * 3600, "47 h"],
  [400 * 86_400, "400 d"],
])("%i seconds ago is %s", (seconds, text) => {
  expect(ageText(seconds)).toBe(text);
});
