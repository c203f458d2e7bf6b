import { expect, test } from "@jest/globals";
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

  const selection = selectIndices(indices, streams, new Set(), false);

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
  const selection = selectIndices([facts(name)], [], new Set(), isOpenSearch);

  expect(selection.skipped).toEqual(skipped === null ? [] : [skipped]);
  expect(selection.read).toHaveLength(skipped === null ? 1 : 0);
});

test("the documents of closed indices and of those without _source are left out, and their definitions are not", () => {
  const selection = selectIndices([facts("closed", false), facts("bare"), facts("shop")], [], new Set(["bare"]), false);

  expect(selection.indices.map(({ name }) => name)).toEqual(["closed", "bare", "shop"]);
  expect(selection.read.map(({ name }) => name)).toEqual(["shop"]);
  expect(selection.skipped).toEqual([
    "documents of index closed: it is closed",
    "documents of index bare: its mapping disables _source, so that they cannot be restored",
  ]);
});
