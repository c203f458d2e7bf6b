import { expect, test } from "@jest/globals";
import { chooseSnapshot } from "../../../cli/choose-snapshot.ts";
import { withObject } from "../../../cli/select-snapshot.ts";
import { parseSnapshotReference } from "../../../cli/snapshot-reference.ts";
import type { BrokenSnapshot, Snapshot } from "../../../dumper/restore/snapshots.ts";
import { brokenAt, shopDb, snapshotAt } from "../../support/snapshots.ts";

const first = snapshotAt("2026-01-30T03:00:00.400Z");
const second = snapshotAt("2026-01-31T03:00:00.400Z");
const third = snapshotAt("2026-01-31T15:00:00.400Z");
const ofOthers = [
  snapshotAt("2026-02-01T03:00:00Z", { owner: { ...shopDb, name: "db2" } }),
  snapshotAt("2026-02-01T03:00:00Z", { owner: { ...shopDb, namespace: "billing" } }),
  snapshotAt("2026-02-01T03:00:00Z", { owner: null }),
];
const snapshots = [second, ...ofOthers, first, third];

function choose(text: string, listing: { snapshots?: readonly Snapshot[]; broken?: readonly BrokenSnapshot[] } = {}) {
  const reading = parseSnapshotReference(text);
  if ("problem" in reading || reading.value.kind !== "newest") throw new Error(`${text} names no workload`);
  return chooseSnapshot({ snapshots, broken: [], ...listing }, reading.value, "s3://bucket");
}

test.each([
  ["shop/db", third],
  ["deployment/shop/db", third],
  ["Deployment/shop/db", third],
  ["shop/db@2026-01-31", third],
  ["shop/db@2026-01-31T15:00:00", third],
  ["shop/db@2026-01-31T14:59", second],
  ["shop/db@2026-01-31T03:00", second],
  ["shop/db@2026-01-31T02:59", first],
  ["shop/db@2026-01-30", first],
  ["shop/db@2027-01-01", third],
])("%s is the snapshot that was taken last by then", (text, snapshot) => {
  expect(choose(text)).toEqual({ snapshot, passedOver: [] });
});

test("a broken snapshot is passed over, and the newer ones are told", () => {
  const newer = brokenAt("2026-02-02T03:00:00Z");
  const newest = brokenAt("2026-02-03T03:00:00Z");
  const older = brokenAt("2026-01-29T03:00:00Z");
  const ofAnother = brokenAt("2026-02-04T03:00:00Z", { owner: { ...shopDb, name: "db2" } });
  const unreadable = { ...brokenAt("2026-02-05T03:00:00Z"), manifest: null };

  const choice = choose("shop/db", { broken: [newer, older, ofAnother, newest, unreadable] });

  expect(choice).toEqual({ snapshot: third, passedOver: [newest, newer] });
});

const ofProd = snapshotAt("2026-01-31T03:00:00Z", { cluster: "prod" });
const ofStaging = snapshotAt("2026-02-01T03:00:00Z", { cluster: "staging" });
const unnamed = snapshotAt("2026-02-02T03:00:00Z");
const between = snapshotAt("2026-01-31T15:00:00Z");
const laterOfProd = snapshotAt("2026-02-03T03:00:00Z", { cluster: "prod" });
const oldUnnamed = snapshotAt("2026-01-01T03:00:00Z");

test.each([
  ["two installations", { snapshots: [ofStaging, ofProd] }, "say --cluster prod or --cluster staging"],
  ["one of them broken", { snapshots: [ofProd], broken: [{ ...ofStaging, problem: "gone" }] }, "--cluster staging"],
  ["a newer one that does not say its own", { snapshots: [unnamed, ofProd] }, `by its key, such as ${unnamed.key}`],
  ["one between that does not say its own", { snapshots: [ofProd, between, laterOfProd] }, between.key],
])("which installation is meant is not guessed: %s", (_, listing, problem) => {
  expect(choose("shop/db", listing)).toEqual({ problem: expect.stringContaining(problem), isAmbiguous: true });
});

test("an installation that was renamed is one: the workload's UID tells", () => {
  const before = snapshotAt("2026-01-31T03:00:00Z", { cluster: "0d5f", ownerUid: "uid-1" });
  const after = snapshotAt("2026-02-01T03:00:00Z", { cluster: "prod", ownerUid: "uid-1" });
  const elsewhere = snapshotAt("2026-02-02T03:00:00Z", { cluster: "staging", ownerUid: "uid-2" });

  expect(choose("shop/db", { snapshots: [before, after] })).toMatchObject({ snapshot: after });
  expect(choose("shop/db", { snapshots: [before, after, elsewhere] })).toMatchObject({ isAmbiguous: true });
});

test("snapshots from before installations had names are the older ones of the one that has one now", () => {
  expect(choose("shop/db", { snapshots: [ofProd, oldUnnamed] })).toMatchObject({ snapshot: ofProd });
  expect(choose("shop/db@2026-01-15", { snapshots: [ofProd, oldUnnamed] })).toMatchObject({ snapshot: oldUnnamed });
  expect(choose("shop/db", { snapshots: [unnamed, oldUnnamed] })).toMatchObject({ snapshot: unnamed });
});

test("two workloads of one name must be told apart by their kind", () => {
  const other = snapshotAt("2026-01-31T04:00:00Z", { owner: { ...shopDb, kind: "StatefulSet" } });
  const both = { snapshots: [first, other] };

  expect(choose("shop/db", both)).toEqual({
    problem: "shop/db is the name of several workloads; say deployment/shop/db or statefulset/shop/db",
    isAmbiguous: true,
  });
  expect(choose("statefulset/shop/db", both)).toMatchObject({ snapshot: other });
  expect(choose("deployment/shop/db", both)).toMatchObject({ snapshot: first });
  expect(choose("shop/db", { snapshots: [first], broken: [{ ...other, problem: "broken" }] })).toMatchObject({
    isAmbiguous: true,
  });
});

test.each([
  [
    "shop/nothing",
    {},
    "there is no whole snapshot of shop/nothing in s3://bucket; there are some of billing/db, shop/db, shop/db2",
  ],
  ["job/shop/db", {}, "no whole snapshot of job/shop/db in s3://bucket; there are some of"],
  [
    "shop/db@2026-01-29",
    {},
    "of shop/db at or before 2026-01-29 23:59:59 UTC in s3://bucket; the oldest is of 2026-01-30 03:00:00 UTC",
  ],
  ["shop/db", { snapshots: [] }, "there is none of any workload"],
  [
    "shop/db",
    { snapshots: [], broken: [brokenAt("2026-01-31T03:00:00Z")] },
    "1 broken: ksnapshot list shop/db says why",
  ],
  ["shop/db@2026-01-29", { broken: [brokenAt("2026-01-31T03:00:00Z")] }, "the oldest is of 2026-01-30 03:00:00 UTC"],
])("%s is not there, and what is there is told", (text, listing, problem) => {
  expect(choose(text, listing)).toEqual({ problem: expect.stringContaining(problem), isAmbiguous: false });
});

test("at most twenty workloads are told", () => {
  const many = Array.from({ length: 23 }, (_, index) =>
    snapshotAt("2026-01-31T03:00:00Z", { owner: { ...shopDb, name: `db${index + 10}` } }),
  );

  expect(choose("shop/db", { snapshots: many })).toMatchObject({
    problem: expect.stringMatching(/shop\/db29 and 3 more$/),
  });
});

test("one object of a snapshot is named, or told which there are", () => {
  const { key, manifest } = snapshotAt("2026-01-31T03:00:00Z");
  const [shop] = manifest.objects;
  if (shop === undefined) throw new Error("no object");
  const orders = { ...shop, name: "orders" };
  const selection = { key, manifest, objects: [shop, orders], isForeign: false };

  expect(withObject(selection, "orders").objects).toEqual([orders]);
  expect(() => withObject(selection, "order")).toThrow(
    'there is no "order" in the snapshot, which holds "shop", "orders"',
  );
});
