import { describe, expect, test } from "@jest/globals";
import { parseEnv } from "../../../contract/dump-request.ts";
import { parseDumpOptions } from "../../../contract/dump-options.ts";
import { leavesOut, mysqldumpOptions } from "../../../contract/mysqldump-options.ts";

const env = {
  ...{ KSNAPSHOT_ENGINE: "mysql", MYSQL_HOST: "db", MYSQL_USERNAME: "bk", MYSQL_DATABASE: "shop" },
  ...{ BACKEND_TYPE: "directory", BACKEND_PATH: "/store" },
};

test.each([
  ["shop", "shop"],
  ["*", null],
  ["", null],
])("the database %j is read as %j", (MYSQL_DATABASE, database) => {
  expect(parseEnv({ ...env, MYSQL_DATABASE })).toMatchObject({ ok: true, value: { source: { database, port: 3306 } } });
});

test.each([
  { change: { MYSQL_HOST: "db;init-command={DROP}" }, field: "MYSQL_HOST" },
  { change: { MYSQL_DATABASE: "", MYSQLDUMP_TABLES: "a b" }, field: "MYSQLDUMP_TABLES" },
  { change: { MYSQL_DATABASE: "*", MYSQLDUMP_EXCLUDED_TABLES: "a" }, field: "MYSQLDUMP_EXCLUDED_TABLES" },
  { change: { MYSQL_SSL_MODE: "yes" }, field: "MYSQL_SSL_MODE" },
  { change: { SKIP: "globals" }, field: "SKIP" },
])("$field is refused", ({ change, field }) => {
  expect(parseEnv({ ...env, ...change })).toMatchObject({ ok: false, diagnostics: [{ field }] });
});

describe("options of mysqldump", () => {
  test.each(["--skip-tz-utc", "--no-data  --replace", "--net-buffer-length=4096", "--set-gtid-purged=OFF"])(
    "%s is allowed",
    (text) => {
      expect(parseDumpOptions(text, mysqldumpOptions)).toEqual({ value: text.split(/\s+/) });
    },
  );

  test.each([
    ...[
      "--force",
      "--compact",
      "--skip-comments",
      "--result-file=/x",
      "--tab=/x",
      "-rx",
      "--log-error=/x",
      "--host=evil",
    ],
    ...["--defaults-file=/x", "--lock-all-tables", "--skip-opt", "--all-databases", "--set-gtid-purged=ON", "other"],
  ])("%s is refused", (text) => {
    expect(parseDumpOptions(text, mysqldumpOptions)).toEqual({ problem: expect.stringContaining("is not allowed") });
  });

  test("that leave something out are told apart", () => {
    expect(["--no-data", "--ignore-table-data=a.b", "--no-autocommit"].filter(leavesOut)).toEqual([
      "--no-data",
      "--ignore-table-data=a.b",
    ]);
  });
});
