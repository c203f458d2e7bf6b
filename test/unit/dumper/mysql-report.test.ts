import { describe, expect, test } from "@jest/globals";
import { refuseOtherEndOfTime } from "../../../dumper/restore/mysql-history.ts";
import { historyNote, reportOf } from "../../../dumper/source/mysql/report.ts";
import type { ServerState, TableState } from "../../../dumper/source/mysql/server-state.ts";
import type { Tools } from "../../../dumper/source/mysql/tools.ts";

const wish = { options: [], tables: [], excludedTables: [], skip: [] } as const;
const mysqldump = { family: "mysql", dump: "mysqldump", options: new Set<string>() } as const;
const mariadbDump = { family: "mariadb", dump: "mariadb-dump", options: new Set(["--dump-history"]) } as const;

function table(name: string, change: Partial<TableState>): TableState {
  return {
    ...{ name, kind: "table", engine: "InnoDB", isVersioned: false, isTransactionPrecise: false, isPartitioned: false },
    ...{ isTransactional: true, isReadable: true, isUsable: true },
    ...change,
  };
}

function server(...tables: readonly TableState[]): ServerState {
  const shop = {
    name: "shop",
    charset: "utf8mb4",
    collation: "utf8mb4_bin",
    hasAsciiNames: true,
    routines: [],
    awkwardPrograms: [],
  };
  return {
    ...{ family: "mariadb", version: "11.8.9", user: "u@%", isEncrypted: true, hasGtids: false, grants: [] },
    databases: [{ ...shop, tables }],
  };
}

// Engines that no server of the test bed has: the tools' sources name them.
describe("the rows of a table that its engine has elsewhere", () => {
  test.each<[string, Pick<Tools, "family" | "dump" | "options">, boolean]>([
    ["FEDERATED", mysqldump, true],
    ["FEDERATED", mariadbDump, true],
    ["CONNECT", mariadbDump, true],
    ["SPIDER", mariadbDump, true],
    ["OQGRAPH", mariadbDump, true],
    ["S3", mariadbDump, true],
    ["CONNECT", mysqldump, false],
    ["MROONGA", mariadbDump, false],
    ["BLACKHOLE", mysqldump, false],
  ])("of %s are named where the tool leaves them out", (engine, tools, isNamed) => {
    const { skipped } = reportOf(server(table("far", { engine, isTransactional: false })), wish, tools);

    expect(skipped).toEqual(isNamed ? [expect.stringContaining(`the rows of \`shop\`.\`far\` (${engine})`)] : []);
  });

  test("are not told of a table that is left out anyway", () => {
    const state = server(table("far", { engine: "FEDERATED", isTransactional: false }));

    expect(reportOf(state, { ...wish, tables: ["near"] }, mysqldump).skipped).toHaveLength(1);
  });
});

test("the history of a database is in the dump once the table that keeps it by transactions is left out", () => {
  const state = server(
    table("prices", { isVersioned: true }),
    table("exact", { isVersioned: true, isTransactionPrecise: true }),
  );

  expect(reportOf(state, wish, mariadbDump).notes).not.toContain(historyNote("shop", false));
  const without = reportOf(state, { ...wish, excludedTables: ["exact"] }, mariadbDump);
  expect(without.notes).toContain(historyNote("shop", false));
  expect(without.skipped).toHaveLength(1);
});

test.each([
  ["10.11.18-MariaDB", "11.8.9-MariaDB", false, true],
  ["10.11.18-MariaDB", "11.4.5-MariaDB", false, false],
  ["10.11.18-MariaDB", "11.5.1-MariaDB", true, false],
  ["10.11.18-MariaDB", "5.5.5-10.11.18-MariaDB", true, true],
  ["11.8.9-MariaDB", "11.5.1-MariaDB", false, false],
  ["11.8.9-MariaDB", "10.6.1-MariaDB", false, true],
  ["11.8.9-MariaDB", "12.0.1-MariaDB", false, false],
])("history of %s into %s, for later servers %s: refused is %s", (serverVersion, target, isMoved, isRefused) => {
  const restoring = (notes: string[]) => () => {
    refuseOtherEndOfTime({ notes, serverVersion }, ["shop"], target);
  };

  if (isRefused) expect(restoring([historyNote("shop", isMoved)])).toThrow("every present row");
  else expect(restoring([historyNote("shop", isMoved)])).not.toThrow();
  expect(restoring([historyNote("other", isMoved)])).not.toThrow();
});
