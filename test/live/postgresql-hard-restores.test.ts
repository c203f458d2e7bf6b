import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ensureDebianPackages } from "../bed/apt.ts";
import { type PostgresServer, startPostgres } from "../bed/postgres.ts";
import { createDatabase, createOwner, owner, sourceEnv, sql } from "./database.ts";
import { runCli } from "./dumper-process.ts";
import { dumped, make, restoredInto } from "./postgresql-restoring.ts";

// Content of databases that reaches into how a restore reads a dump.
let server: PostgresServer;

beforeAll(async () => {
  await ensureDebianPackages(["isal"]);
  server = await startPostgres({ major: 18 });
  await createOwner(server);
}, 180_000);

afterAll(() => server.stop(), 60_000);

test.each([[], ["--no-single-transaction"], ["--keep-going"]])(
  "rows of a table with very long names come back and are not run as SQL %s",
  async (...options) => {
    const name = ["wide", ...options].join(" ");
    // A directory is read by 256 KiB: the first end lies far inside the list of columns of COPY.
    const column = `format('%I int', rpad('column ' || i || ' ', 63, '"'))`;
    await make(
      server,
      name,
      `DO $$ BEGIN EXECUTE (SELECT format('CREATE TABLE wide (log text, %s)', string_agg(${column}, ', ')) FROM generate_series(1, 1300) i); END $$`,
      "INSERT INTO wide VALUES ('BEGIN; CREATE TABLE from_a_row (); --'), ('a; COMMIT; b'), ('c; COMMIT; d')",
    );
    const storage = await dumped(server, name);
    await createDatabase(server, `${name} back`);

    const ended = await restoredInto(server, storage, `${name} back`, ...options);

    expect(ended).toMatchObject({ exitCode: 0 });
    expect(await sql(server, `${name} back`, "SELECT count(*) FROM wide")).toBe("3");
    expect(await sql(server, `${name} back`, "SELECT count(*) FROM pg_tables WHERE tablename = 'from_a_row'")).toBe(
      "0",
    );
  },
  60_000,
);

test("large objects of many writes come back in several transactions", async () => {
  const object = "lo_from_bytea(0, convert_to(repeat('ab', 512 * 1024), 'UTF8'))";
  await make(server, "large", `SELECT count(${object}) FROM generate_series(1, 20)`);
  const storage = await dumped(server, "large");
  await createDatabase(server, "large back");

  const ended = await restoredInto(server, storage, "large back", "--no-single-transaction");

  expect(ended).toMatchObject({ exitCode: 0, stderr: "" });
  const content = "SELECT count(*), sum(length(lo_get(oid))) FROM pg_largeobject_metadata";
  expect(await sql(server, "large back", content)).toBe(`20|${20 * 2 ** 20}`);
}, 60_000);

test("a column begin that a routine's body names comes back", async () => {
  await make(
    server,
    "bookings",
    `CREATE TABLE booking (begin date, "end" date)`,
    "INSERT INTO booking VALUES ('2024-02-29', '2024-03-01')",
    "CREATE FUNCTION first_begin() RETURNS SETOF date LANGUAGE sql BEGIN ATOMIC SELECT b.begin FROM booking b; END",
    "CREATE TABLE begin (begin date)",
    "CREATE FUNCTION any_begin() RETURNS SETOF date LANGUAGE sql BEGIN ATOMIC SELECT atomic.begin AS begin FROM begin atomic; END",
  );
  const storage = await dumped(server, "bookings");
  await createDatabase(server, "bookings back");

  const ended = await restoredInto(server, storage, "bookings back");

  expect(ended).toMatchObject({ exitCode: 0, stderr: "" });
  expect(await sql(server, "bookings back", "SELECT first_begin()")).toBe("2024-02-29");
}, 60_000);

describe("what only another role may do", () => {
  test("about what a trusted extension brings is told, also where the restore makes the extension", async () => {
    await make(server, "trusted", "CREATE EXTENSION hstore", "CREATE TABLE t (i int)");
    await sql(server, "trusted", "REVOKE EXECUTE ON FUNCTION akeys(hstore) FROM PUBLIC");
    const storage = await dumped(server, "trusted");
    await createDatabase(server, "trusted back");

    const ended = await restoredInto(server, storage, "trusted back");

    expect(ended).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/privileges are not as they were.*"akeys"/),
    });
  }, 60_000);

  test("about what an extension brought is left out and listed", async () => {
    const extension = "CREATE EXTENSION pg_stat_statements";
    await make(server, "granted", "CREATE TABLE items AS SELECT 1 AS id", "CREATE FUNCTION f() RETURNS int RETURN 1");
    await sql(
      server,
      "granted",
      extension,
      `GRANT EXECUTE ON FUNCTION pg_stat_statements_reset TO "${owner.name}"`,
      `GRANT SELECT ON pg_stat_statements_info TO "${owner.name}"`,
      "REVOKE SELECT ON pg_stat_statements FROM PUBLIC",
      "REVOKE EXECUTE ON FUNCTION f() FROM PUBLIC",
    );
    const storage = await dumped(server, "granted");
    await createDatabase(server, "granted back");
    await sql(server, "granted back", extension);

    const ended = await restoredInto(server, storage, "granted back");

    expect(ended.exitCode).toBe(0);
    const notes = ended.stderr.split("\n").filter((line) => line.includes("what only its owner may grant is left out"));
    expect(notes).toEqual([
      expect.stringContaining("GRANT ALL ON FUNCTION public.pg_stat_statements_reset("),
      expect.stringContaining("REVOKE SELECT ON TABLE public.pg_stat_statements FROM PUBLIC;"),
      expect.stringContaining("GRANT SELECT ON TABLE public.pg_stat_statements_info TO"),
    ]);
    expect(await sql(server, "granted back", "SELECT has_function_privilege('public', 'f()', 'EXECUTE')")).toBe("f");
  }, 60_000);

  test.each([
    ["a default for what it will make", "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC"],
    ["a table of its own", `CREATE TABLE "postgres's" ()`, `GRANT SELECT ON "postgres's" TO PUBLIC`],
  ])(
    "is told with who may: %s",
    async (name, ...statements) => {
      await make(server, name);
      await sql(server, name, ...statements);
      const storage = await dumped(server, name);
      await createDatabase(server, `${name} back`);

      const ended = await restoredInto(server, storage, `${name} back`);

      expect(ended.exitCode).toBe(1);
      expect(ended.stderr).toMatch(/at: ALTER .*; restore as a superuser, or as a member of the role that it names/);
    },
    60_000,
  );
});

test("rows that break a foreign key are told with what restores all else", async () => {
  await make(server, "orphans", "CREATE TABLE a (id int PRIMARY KEY)", "CREATE TABLE b (id int REFERENCES a)");
  await sql(server, "orphans", "SET session_replication_role = replica", "INSERT INTO b VALUES (1)");
  const storage = await dumped(server, "orphans");
  await createDatabase(server, "orphans back");

  const ended = await restoredInto(server, storage, "orphans back");

  expect(ended.exitCode).toBe(1);
  expect(ended.stderr).toMatch(/violates foreign key constraint.*; restore all else by --keep-going, which lists/);
}, 60_000);

test("a role that may not read from views by its settings restores a materialized view of one", async () => {
  await make(
    server,
    "restricted",
    "CREATE VIEW one AS SELECT 1 AS id",
    "CREATE MATERIALIZED VIEW ones AS SELECT id FROM one",
  );
  const storage = await dumped(server, "restricted");
  await createDatabase(server, "restricted back");
  await sql(
    server,
    "restricted back",
    `ALTER DATABASE "restricted back" SET restrict_nonsystem_relation_kind = 'view, foreign-table'`,
  );

  const ended = await restoredInto(server, storage, "restricted back");

  expect(ended).toMatchObject({ exitCode: 0, stderr: "" });
  expect(await sql(server, "restricted back", "SELECT id FROM ones")).toBe("1");
}, 60_000);

test("a locale of another provider is told, though LC_COLLATE and LC_CTYPE are the same", async () => {
  const builtin = "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' TEMPLATE template0";
  await sql(server, "postgres", `CREATE DATABASE builtin OWNER "${owner.name}" ${builtin}`);
  await sql(server, "postgres", `CREATE DATABASE "builtin back" OWNER "${owner.name}" ${builtin}`);
  const storage = await dumped(server, "builtin");
  await createDatabase(server, "libc back");

  const same = await restoredInto(server, storage, "builtin back");
  const other = await restoredInto(server, storage, "libc back");

  expect(same).toMatchObject({ exitCode: 0, stderr: "" });
  expect(other.exitCode).toBe(0);
  expect(other.stderr).toMatch(
    /^note: the database was of the locale C\.UTF-8 of PostgreSQL's own, C\.UTF-8, C\.UTF-8, and "libc back" is of C\.UTF-8, C\.UTF-8: text may be sorted otherwise/,
  );
}, 60_000);

test("a function of a generated column that needs the search_path is noted, and named where a restore ends at it", async () => {
  await make(
    server,
    "folded",
    "CREATE FUNCTION fold(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT lower($1)'",
    "CREATE FUNCTION folded(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN fold($1); END'",
    "CREATE FUNCTION well(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN public.fold($1); END'",
    "CREATE TABLE words (word text CHECK (well(word) <> ''), folded text GENERATED ALWAYS AS (folded(word)) STORED)",
    "INSERT INTO words VALUES ('Snow')",
  );
  const storage = await dumped(server, "folded");
  const checked = await runCli(["dump", "--check"], { ...sourceEnv(server, "folded"), ...storage.env });
  await createDatabase(server, "folded back");

  const ended = await restoredInto(server, storage, "folded back");

  expect(checked.exitCode).toBe(0);
  expect(checked.stdout.match(/The function .*? of/g)).toEqual(["The function public.folded(text) of"]);
  expect(ended.exitCode).toBe(1);
  expect(ended.stderr).toMatch(
    /function fold\(text\) does not exist.*public\.folded\(text\).*ALTER FUNCTION … SET search_path/,
  );
}, 60_000);
