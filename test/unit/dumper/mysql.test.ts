import { describe, expect, test } from "@jest/globals";
import { Secret } from "../../../contract/secret.ts";
import { parseMysqlTarget } from "../../../dumper/restore/mysql-target.ts";
import { readRows } from "../../../dumper/source/mysql/client.ts";
import { connectionOptions, type MysqlTarget } from "../../../dumper/source/mysql/connection.ts";
import { dumpCommand } from "../../../dumper/source/mysql/dump-command.ts";
import { dumpSession } from "../../../dumper/source/mysql/dump-session.ts";
import { mysqlFailed, restoreAdvice } from "../../../dumper/source/mysql/failure.ts";
import { optionFileText } from "../../../dumper/source/mysql/option-file.ts";
import { sessionProblems } from "../../../dumper/source/mysql/problems.ts";
import { creationNote, creationOf } from "../../../dumper/source/mysql/report.ts";
import type { DatabaseState, TableState } from "../../../dumper/source/mysql/server-state.ts";
import { readHelp, type Tools } from "../../../dumper/source/mysql/tools.ts";
import { judgeDump } from "../../../dumper/source/mysql.ts";

const target: MysqlTarget = {
  host: "db.shop.svc",
  port: 3306,
  username: "bk",
  password: new Secret("hunter22"),
  sslMode: "preferred",
  caFile: null,
};
const wish = { options: [], tables: [], excludedTables: [], skip: [] } as const;
const shop: DatabaseState = {
  ...{ name: "--shop", charset: "latin1", collation: "latin1_bin" },
  ...{ hasAsciiNames: true, tables: [], routines: [], awkwardPrograms: [] },
};
const optionFile = { argument: "--defaults-file=/x", remove: () => Promise.resolve() };

test("a value in an option file is quoted, with what would end or change it escaped", () => {
  const text = optionFileText({ password: ` it's "a" #x\\n\t\n `, "skip-ssl": true });

  expect(text).toBe(`[client]\npassword=" it's \\"a\\" #x\\\\n\\t\\n "\nskip-ssl\n`);
});

test("MariaDB's dump tool is told its session by the host, and MySQL's programs ask for the public key", () => {
  expect(connectionOptions(target, "mysql")).toMatchObject({ "ssl-mode": "PREFERRED", "get-server-public-key": true });
  expect(connectionOptions({ ...target, sslMode: "verify_ca" }, "mysql")).not.toHaveProperty("get-server-public-key");
  expect(connectionOptions(target, "mariadb")["host"]).toBe("db.shop.svc");
  expect(connectionOptions(target, "mariadb", ["a=b", "c=d"])["host"]).toBe(
    "host={db.shop.svc};init-command={SET NAMES utf8mb4, a=b, c=d}",
  );
});

describe("the tools tell what they are", () => {
  test.each([
    ["mysqldump  Ver 9.7.4-2 for Linux on x86_64 ((Debian))", "mysql", "9.7.4"],
    ["mysqldump  Ver 10.13 Distrib 5.7.44, for Linux (x86_64)", "mysql", "5.7.44"],
    ["mysqldump  Ver 10.19 Distrib 10.11.18-MariaDB, for debian-linux-gnu (x86_64)", "mariadb", "10.11.18"],
    ["mariadb-dump from 11.8.9-MariaDB, client 10.20 for debian-linux-gnu (x86_64)", "mariadb", "11.8.9"],
  ])("%s", (line, family, version) => {
    const help = `${line}\n  -H, --dump-history  Dump\n  --init-command=name Single\n                      --ignored\n`;

    expect(readHelp(help)).toEqual({
      family,
      version,
      options: new Set(["--dump-history", "--init-command", "--ignored"]),
    });
  });
});

describe("the dump tool's arguments", () => {
  const tools = (...options: string[]): Tools => ({
    ...{ family: "mysql", dump: "mysqldump", client: "mysql", version: "9.7.4" },
    options: new Set(options),
  });
  const argumentsOf = (change: object, known: Tools = tools(), database = shop) =>
    dumpCommand(database, { ...wish, ...change }, known, {
      ...{ optionFile, env: { PATH: "/bin", SECRET: "x" } },
      session: dumpSession(database, ["autocommit=1"]),
    });

  test("begin with the file, end with the name after two dashes, and nothing of our environment is passed on", () => {
    const { args, env } = argumentsOf({});

    expect(args[0]).toBe("--defaults-file=/x");
    expect(args.slice(-2)).toEqual(["--", "--shop"]);
    expect(args).toEqual(
      expect.arrayContaining([
        "--single-transaction",
        "--quick",
        "--routines",
        "--events",
        "--triggers",
        "--hex-blob",
        "--no-tablespaces",
      ]),
    );
    expect(env).toEqual({ PATH: "/bin", LC_ALL: "C.UTF-8" });
  });

  test("hold what only some tools know where this one does", () => {
    expect(argumentsOf({}).args).not.toContain("--set-gtid-purged=OFF");
    const { args } = argumentsOf({}, tools("--set-gtid-purged", "--column-statistics", "--init-command"));
    expect(args).toEqual(
      expect.arrayContaining([
        "--set-gtid-purged=OFF",
        "--column-statistics=0",
        "--init-command=SET NAMES utf8mb4, autocommit=1, character_set_client=latin1",
      ]),
    );
  });

  test("have the tool ask in utf8mb4 where a name is not ASCII", () => {
    const { args } = argumentsOf({}, tools("--init-command"), { ...shop, hasAsciiNames: false });

    expect(args).toContain("--init-command=SET NAMES utf8mb4, autocommit=1");
  });

  test("leave out what is to be left out", () => {
    const view: TableState = {
      name: "v",
      kind: "view",
      engine: "",
      isVersioned: false,
      isTransactionPrecise: false,
      isTransactional: false,
      isPartitioned: false,
      isReadable: true,
      isUsable: true,
    };
    const skip = ["routines", "events", "triggers", "views"];
    const { args } = argumentsOf({ skip, excludedTables: ["audit"] }, tools(), { ...shop, tables: [view] });

    expect(args).toEqual(
      expect.arrayContaining(["--skip-triggers", "--ignore-table=--shop.audit", "--ignore-table=--shop.v"]),
    );
    expect(args).not.toContain("--routines");
    expect(args).not.toContain("--events");
  });
});

test("a tool that cannot be told its session is refused where the server's settings would cut what it reads", () => {
  const changed = new Map([
    ["sql_select_limit", "100"],
    ["wait_timeout", "28800"],
  ]);
  const tools = (family: Tools["family"], ...options: string[]): Tools => ({
    ...{ family, dump: "mysqldump", client: "mysql", version: "8.0.12" },
    options: new Set(options),
  });

  expect(sessionProblems({ changed }, tools("mysql"))).toEqual([
    expect.stringMatching(/settings sql_select_limit=100 would cut .*--init-command/),
  ]);
  expect(sessionProblems({ changed }, tools("mysql", "--init-command"))).toEqual([]);
  expect(sessionProblems({ changed }, tools("mariadb"))).toEqual([]);
});

test.each([
  ["-- MySQL dump 10.13  Distrib 9.7.4, for Linux (x86_64)\n--\n-- Server version\t5.7.22\n", "5.7.22", "9.7.4"],
  [
    "/*M!999999\\- x */\n-- MariaDB dump 10.20-11.8.9-MariaDB, for x\n-- Server version\t10.11.18-MariaDB\n",
    "10.11.18-MariaDB",
    "11.8.9",
  ],
  ["-- MariaDB dump 10.19  Distrib 10.11.18-MariaDB, for x\n-- Server version\t10.6.1\n", "10.6.1", "10.11.18"],
])("a whole dump tells both versions, and one without its end mark is refused", (head, server, tool) => {
  expect(judgeDump("mysql", { bytes: 1, head, tail: "x\n-- Dump completed on 2026-01-31 03:00:00\n" })).toEqual({
    server,
    tool,
  });
  expect(() => judgeDump("mysql", { bytes: 1, head, tail: "x\n-- Dump comp" })).toThrow("without its end mark");
});

test("how a database was made comes back from the manifest's notes", () => {
  const note = creationNote({ ...shop, name: "it's `a`" });

  expect(creationOf(["Another note.", note], "it's `a`")).toEqual({ charset: "latin1", collation: "latin1_bin" });
  expect(creationOf([note], "it's")).toBeNull();
  expect(creationOf([note.replace("latin1_bin", "x; DROP DATABASE y")], "it's `a`")).toBeNull();
});

test("the client's rows come back as they were", () => {
  expect(readRows("a\\tb\tc\\n\\\\n\nNULL\t\n")).toEqual([
    ["a\tb", "c\n\\n"],
    ["NULL", ""],
  ]);
});

test("a failure shows no password, drops what has no consequence, and says what to do", () => {
  const stderr =
    "mysqldump: Error: 'x' when trying to dump masking policies\nmysqldump: Got error: 1045: Access denied for user 'hunter22' (using password: NO)";
  const failure = mysqlFailed(
    { program: "mysqldump", status: 2, signal: null, startError: null, stderr },
    target.password,
  );

  expect(failure.message).toBe(
    "mysqldump exited with 2: mysqldump: Got error: 1045: Access denied for user '[redacted]' (using password: NO); correct the user or password that the workload's pods have",
  );
  expect(failure.isPasswordMissing).toBe(true);
});

test.each([
  [
    "Access denied for user 'shop'@'::1' (using password: YES)",
    "correct the user in --to, or the password in MYSQL_PWD",
  ],
  ["Access denied for user 'shop'@'%' to database 'a'", "correct the name of the database, or grant it to the user"],
  ["SSL connection error: certificate verify failed", "check ssl-mode and ssl-ca in --to"],
])("where a snapshot goes back, %s has a remedy of its own", (said, remedy) => {
  const exit = { program: "mysql", status: 1, signal: null, startError: null, stderr: `ERROR: ${said}` };

  expect(mysqlFailed(exit, null, [], restoreAdvice).message).toBe(`mysql exited with 1: ERROR: ${said}; ${remedy}`);
});

describe("a restore's target", () => {
  test.each([
    [
      "mysql://root@db/shop",
      { family: "mysql", host: "db", port: 3306, username: "root", database: "shop", sslMode: "preferred" },
    ],
    [
      "mariadb://a%20b@[::1]:3307?ssl-mode=verify_ca&ssl-ca=/ca.pem",
      {
        family: "mariadb",
        host: "::1",
        port: 3307,
        username: "a b",
        database: null,
        sslMode: "verify_ca",
        caFile: "/ca.pem",
      },
    ],
  ])("%s is read", (text, expected) => {
    expect(parseMysqlTarget(new URL(text))).toMatchObject({ value: expected });
  });

  test.each([
    ["mysql://db/shop", /names no user/],
    ["mysql://root@db/shop?ssl-mode=yes", /"yes" is not one of disabled/],
    ["mysql://root@db/shop?init-command=x", /"init-command" is not one of/],
  ])("%s is refused", (text, problem) => {
    expect(parseMysqlTarget(new URL(text))).toEqual({ problem: expect.stringMatching(problem) });
  });
});
