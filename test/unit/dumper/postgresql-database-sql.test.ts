import { expect, test } from "@jest/globals";
import { databaseSql } from "../../../dumper/source/postgresql-database-sql.ts";
import type { Database } from "../../../dumper/source/postgresql-server.ts";

const plain: Database = {
  name: 'a "b"',
  allowsConnections: true,
  mayConnect: true,
  owner: "shop owner",
  encoding: "UTF8",
  tablespace: "pg_default",
  row: { datcollate: "C.UTF-8", datctype: "C.UTF-8", datconnlimit: -1, datistemplate: false },
  comment: null,
  labels: [],
  settings: [],
  grants: null,
};

function statements(change: Partial<Database>, tablespaces = true): readonly string[] {
  return databaseSql({ ...plain, ...change }, { tablespaces })
    .trim()
    .split("\n");
}

test("a database is made from template0 with its encoding and locale, and given to its owner", () => {
  expect(statements({})).toEqual([
    `CREATE DATABASE "a ""b""" TEMPLATE = template0 ENCODING = 'UTF8' LC_COLLATE = 'C.UTF-8' LC_CTYPE = 'C.UTF-8';`,
    `ALTER DATABASE "a ""b""" OWNER TO "shop owner";`,
  ]);
});

test.each([
  ["libc", { datlocprovider: "c" }, "LOCALE_PROVIDER = libc LC_COLLATE"],
  [
    "ICU of 15 and 16",
    { datlocprovider: "i", daticulocale: "de" },
    "LOCALE_PROVIDER = icu ICU_LOCALE = 'de' LC_COLLATE",
  ],
  [
    "ICU with rules",
    { datlocprovider: "i", datlocale: "de", daticurules: "& a < b" },
    "LOCALE_PROVIDER = icu ICU_LOCALE = 'de' ICU_RULES = '& a < b' LC_COLLATE",
  ],
  [
    "the built-in provider",
    { datlocprovider: "b", datlocale: "C.UTF-8" },
    "LOCALE_PROVIDER = builtin BUILTIN_LOCALE = 'C.UTF-8' LC_COLLATE",
  ],
] as const)("its locale is of %s", (_, row, expected) => {
  expect(statements({ row: { ...plain.row, ...row } })[0]).toContain(` ENCODING = 'UTF8' ${expected} = `);
});

test("it is made in its tablespace, unless there are none", () => {
  expect(statements({ tablespace: "fast disk" })[0]).toMatch(/ TABLESPACE = "fast disk";$/);
  expect(statements({ tablespace: "fast disk" }, false)[0]).not.toContain("TABLESPACE");
});

test("postgres is there already, and only changed", () => {
  expect(statements({ name: "postgres" })).toEqual([`ALTER DATABASE "postgres" OWNER TO "shop owner";`]);
});

test.each([
  [null, "work_mem=8MB", `ALTER DATABASE "a ""b""" SET "work_mem" TO '8MB';`],
  [null, "app.name=it's a=b", `ALTER DATABASE "a ""b""" SET "app"."name" TO 'it''s a=b';`],
  [null, "application_name=\\x", `ALTER DATABASE "a ""b""" SET "application_name" TO E'\\\\x';`],
  ["a role", "work_mem=8MB", `ALTER ROLE "a role" IN DATABASE "a ""b""" SET "work_mem" TO '8MB';`],
  [
    null,
    'search_path="a, ""b", "$user", public',
    `ALTER DATABASE "a ""b""" SET "search_path" TO 'a, "b', '$user', 'public';`,
  ],
  [null, 'search_path=""', `ALTER DATABASE "a ""b""" SET "search_path" TO '';`],
])("a setting of role %s comes back: %s", (role, config, expected) => {
  expect(statements({ settings: [{ role, config }] })).toContain(expected);
});

test("its other properties come back, grants after all that a new database grants was taken away", () => {
  const row = { ...plain.row, datconnlimit: 5, datistemplate: true };
  const labels = [{ provider: "selinux", label: "x'y" }];
  const grants = [
    { role: null, privilege: "TEMPORARY", grantable: false },
    { role: "g rp", privilege: "CONNECT", grantable: true },
  ];

  expect(statements({ row, labels, grants, comment: "it's\nours" }).slice(2).join("\n")).toBe(
    [
      `ALTER DATABASE "a ""b""" CONNECTION LIMIT 5;`,
      `ALTER DATABASE "a ""b""" IS_TEMPLATE true;`,
      `COMMENT ON DATABASE "a ""b""" IS 'it''s\nours';`,
      `SECURITY LABEL FOR "selinux" ON DATABASE "a ""b""" IS 'x''y';`,
      `REVOKE ALL ON DATABASE "a ""b""" FROM PUBLIC;`,
      `REVOKE ALL ON DATABASE "a ""b""" FROM "shop owner";`,
      `GRANT TEMPORARY ON DATABASE "a ""b""" TO PUBLIC;`,
      `GRANT CONNECT ON DATABASE "a ""b""" TO "g rp" WITH GRANT OPTION;`,
    ].join("\n"),
  );
});
