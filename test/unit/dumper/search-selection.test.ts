import { expect, test } from "@jest/globals";
import { keptSource } from "../../../dumper/source/search/kept-source.ts";
import { selectIndices } from "../../../dumper/source/search/selection.ts";

function facts(name: string, isOpen = true) {
  return { name, isOpen, isRed: false, shards: 1, documents: 1, storeBytes: 1 };
}

const streams = [
  { name: "logs-app", backing: [".ds-logs-app-2026.01.31-000001", "adopted"] },
  { name: ".kibana-event-log-ds", backing: [".ds-.kibana-event-log-ds-2026.01.31-000001"] },
];

test("data streams are read from the indices behind them, under the data stream's name", () => {
  const indices = [".ds-logs-app-2026.01.31-000001", "adopted", ".ds-.kibana-event-log-ds-2026.01.31-000001"].map(
    (name) => facts(name),
  );

  const selection = selectIndices(indices, streams, new Map(), false);

  expect(selection.read.map(({ name }) => name)).toEqual([".ds-logs-app-2026.01.31-000001", "adopted"]);
  expect(selection.streamOf.get("adopted")).toBe("logs-app");
  expect(selection.indices).toEqual([]);
  expect(selection.skipped).toEqual(["data stream .kibana-event-log-ds: a system one, of Kibana"]);
});

test.each([
  ["shop", false, null],
  [".my-app", false, null],
  [".hidden", true, null],
  [".security-7", false, "index .security-7: a system index, of security"],
  [".opendistro_security", true, "index .opendistro_security: a system index, of security"],
  [".kibana_1", false, "index .kibana_1: a system index, of Kibana"],
  [".kibana_1", true, null],
  [".tasks", true, "index .tasks: a system index, of tasks and asynchronous searches"],
  [
    ".ds-ilm-history-7-2026.01.31-000001",
    false,
    "index .ds-ilm-history-7-2026.01.31-000001: a system index, of snapshots and lifecycles",
  ],
  [
    ".fs-logs-2026.01.31-000001",
    false,
    "index .fs-logs-2026.01.31-000001: failed documents of a data stream, which only the server can write",
  ],
])("%s (OpenSearch: %s) is left out when it is listed: %s", (name, isOpenSearch, skipped) => {
  const selection = selectIndices([facts(name)], [], new Map(), isOpenSearch);

  expect(selection.skipped).toEqual(skipped === null ? [] : [skipped]);
  expect(selection.read).toHaveLength(skipped === null ? 1 : 0);
});

test("the documents of closed indices and of those without _source are left out, and their definitions are not", () => {
  const sources = new Map([
    ["bare", { kind: "none" } as const],
    ["part", { kind: "part", keeps: 'no "secret"' } as const],
    ["made", { kind: "synthetic" } as const],
  ]);
  const names = ["bare", "part", "made", "shop"];

  const selection = selectIndices([facts("closed", false), ...names.map((name) => facts(name))], [], sources, false);

  expect(selection.indices.map(({ name }) => name)).toEqual(["closed", ...names]);
  expect(selection.read.map(({ name }) => name)).toEqual(["part", "made", "shop"]);
  expect(selection.skipped).toEqual([
    "documents of index closed: it is closed",
    "documents of index bare: it keeps no _source, so that they cannot be restored",
    'fields of the documents of index part: it keeps no "secret" of _source',
  ]);
  expect(selection.notes).toEqual([expect.stringContaining("The documents of made are as the server makes them up")]);
});

const elasticsearch9 = { isOpenSearch: false, version: "9.5.3" };
const elasticsearch8 = { isOpenSearch: false, version: "8.19.2" };
const opensearch = { isOpenSearch: true, version: "3.8.0" };
const setting = (mode: string) => ({ index: { mapping: { source: { mode } } } });

test.each([
  ["nothing said", undefined, {}, elasticsearch9, null],
  ["empty lists", { enabled: true, includes: [], excludes: [] }, {}, elasticsearch8, null],
  ["disabled", { enabled: false }, {}, opensearch, { kind: "none" }],
  ["disabled by a text", { enabled: "false" }, {}, elasticsearch8, { kind: "none" }],
  ["a mapping's mode", { mode: "disabled" }, {}, elasticsearch8, { kind: "none" }],
  ["a mapping's mode since 9", { mode: "disabled" }, { defaults: setting("STORED") }, elasticsearch9, null],
  ["a mapping's mode and a default", { mode: "synthetic" }, { defaults: setting("STORED") }, elasticsearch8, { kind: "synthetic" }], // prettier-ignore
  ["a mapping's mode and a setting", { mode: "synthetic" }, { settings: setting("stored") }, elasticsearch8, null],
  ["a setting", undefined, { settings: setting("disabled") }, elasticsearch9, { kind: "none" }],
  ["a mode's default", undefined, { settings: { index: { mode: "logsdb" } }, defaults: setting("SYNTHETIC") }, elasticsearch9, { kind: "synthetic" }], // prettier-ignore
  ["a mode whose source is stored all the same", undefined, { settings: { index: { mode: "logsdb", ...setting("stored").index } } }, elasticsearch9, null], // prettier-ignore
  ["a mode of a server without the setting", undefined, { settings: { index: { mode: "time_series" } } }, elasticsearch8, { kind: "synthetic" }], // prettier-ignore
  ["derived", undefined, { settings: { index: { derived_source: { enabled: "true" } } } }, opensearch, { kind: "synthetic" }], // prettier-ignore
  ["fields", { includes: ["a"], excludes: ["b", "c.*"] }, {}, elasticsearch9, { kind: "part", keeps: 'only "a" and no "b", "c.*"' }], // prettier-ignore
])("what an index keeps of its documents: %s", (_, mapping, settings, product, kept) => {
  expect(keptSource(mapping, settings, product)).toEqual(kept);
});
