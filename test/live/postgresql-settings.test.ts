import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ensureDebianPackages } from "../bed/apt.ts";
import { type PostgresServer, startPostgres } from "../bed/postgres.ts";
import { pairwise } from "../support/pairwise.ts";
import { createDatabase, createOwner, owner, sourceEnv, sql } from "./database.ts";
import { runCli, runDumper } from "./dumper-process.ts";
import { everythingOf, fillAwkward } from "./postgresql-awkward.ts";
import { manifestOf, password, target } from "./postgresql-restoring.ts";
import { directoryStorage, type TestStorage } from "./storages.ts";

/** Of a server, a database or a role, each with what PostgreSQL has by default first. */
const settings = {
  statement_timeout: ["0", "20ms"],
  lock_timeout: ["0", "1ms"],
  idle_in_transaction_session_timeout: ["0", "300ms"],
  idle_session_timeout: ["0", "300ms"],
  transaction_timeout: ["0", "100ms"],
  search_path: ['"$user", public', "evil, public, pg_catalog", "''"],
  row_security: ["on", "off"],
  standard_conforming_strings: ["on", "off"],
  backslash_quote: ["safe_encoding", "on", "off"],
  escape_string_warning: ["on", "off"],
  array_nulls: ["on", "off"],
  bytea_output: ["hex", "escape"],
  xmloption: ["content", "document"],
  xmlbinary: ["base64", "hex"],
  DateStyle: ["ISO, MDY", "SQL, DMY", "German", "Postgres, YMD"],
  IntervalStyle: ["postgres", "sql_standard", "iso_8601", "postgres_verbose"],
  TimeZone: ["UTC", "Asia/Kathmandu", "America/St_Johns"],
  extra_float_digits: ["1", "-15", "3"],
  client_encoding: ["UTF8", "LATIN1", "SQL_ASCII", "EUC_JP"],
  default_transaction_read_only: ["off", "on"],
  default_transaction_isolation: ["read committed", "repeatable read", "serializable"],
  default_transaction_deferrable: ["off", "on"],
  default_tablespace: ["", "pg_default"],
  default_text_search_config: ["pg_catalog.simple", "pg_catalog.german"],
  check_function_bodies: ["on", "off"],
  quote_all_identifiers: ["off", "on"],
  transform_null_equals: ["off", "on"],
  synchronize_seqscans: ["on", "off"],
  synchronous_commit: ["on", "off"],
  constraint_exclusion: ["partition", "on"],
  enable_seqscan: ["on", "off"],
  enable_indexscan: ["on", "off"],
  jit_above_cost: ["100000", "0"],
  plan_cache_mode: ["auto", "force_generic_plan"],
  client_min_messages: ["notice", "error", "debug5"],
  lc_monetary: ["C", "POSIX"],
  role: ["none", "admin"],
  level: ["role", "database", "role in database"],
} as const;

type Row = Record<string, string>;

let server: PostgresServer;
let original: readonly string[];

beforeAll(async () => {
  await ensureDebianPackages(["isal"]);
  server = await startPostgres({ major: 18 });
  await createOwner(server);
  // What the owner's sessions become by themselves, where that is set.
  await sql(server, "postgres", `CREATE ROLE admin SUPERUSER`, `GRANT admin TO "${owner.name}"`);
  await createDatabase(server, "shop");
  await fillAwkward(server, "shop");
  await sql(
    server,
    "shop",
    "DELETE FROM huge WHERE id = 1", // 32 MiB, a hundred times
    // What would be called in place of the server's own, were the search_path that of the database.
    "CREATE SCHEMA evil",
    `GRANT ALL ON SCHEMA evil TO "${owner.name}"`,
    `CREATE FUNCTION evil.current_setting(text) RETURNS text LANGUAGE plpgsql AS 'BEGIN RAISE ''hijacked''; END'`,
    `ALTER SCHEMA evil OWNER TO "${owner.name}"`,
    `ALTER FUNCTION evil.current_setting OWNER TO "${owner.name}"`,
  );
  original = await everythingOf(server, "shop");
}, 300_000);

afterAll(() => server.stop(), 60_000);

/** Makes all of it the settings of the owner's sessions in a database. */
async function set(database: string, { level = "role", ...row }: Row): Promise<void> {
  const whose = {
    role: `ROLE "${owner.name}"`,
    database: `DATABASE "${database}"`,
    "role in database": `ROLE "${owner.name}" IN DATABASE "${database}"`,
  }[level];
  const statements = Object.entries(row).map(([name, value]) => {
    const list = name === "search_path" ? value : `'${value}'`;
    return `ALTER ${whose ?? ""} SET ${name} TO ${list}`;
  });
  await sql(server, "postgres", ...statements);
}

async function reset(database: string): Promise<void> {
  const owners = `ROLE "${owner.name}"`;
  const whose = [owners, `DATABASE "${database}"`, `${owners} IN DATABASE "${database}"`];
  await sql(server, "postgres", ...whose.map((one) => `ALTER ${one} RESET ALL`));
}

async function dump(storage: TestStorage): Promise<Awaited<ReturnType<typeof runDumper>>> {
  return runDumper({ ...sourceEnv(server, "shop"), ...storage.env, COMPRESSION: "none", HOSTNAME: "pod" });
}

const all = pairwise(settings);
const rows = process.env["SLOW"] === "1" ? all : all.slice(0, 12);

test.each(rows.map((row, at) => ({ at, from: row, to: all[(at + 1) % all.length] ?? row })))(
  "a database comes back whatever is set for role or database, there and here: $at",
  async ({ at, from, to }) => {
    const storage = await directoryStorage();
    const back = `back ${at}`;
    await createDatabase(server, back);
    await set("shop", from);
    const dumped = await dump(storage);
    await reset("shop");
    expect(dumped).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining("rror") });

    await set(back, to);
    const env = { ...storage.env, ...password };
    const restored = await runCli(["restore", await manifestOf(storage), "--to", target(server, back)], env);
    await reset(back);

    const settingsLeftOut = /^(left out of the snapshot: the database.s own settings [^\n]*\n)?$/;
    expect(restored).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(settingsLeftOut) });
    expect(await everythingOf(server, back)).toEqual(original);
    await sql(server, "postgres", `DROP DATABASE "${back}"`);
  },
  120_000,
);

test("the globals are the same whatever is set for the superuser who dumps them", async () => {
  const storage = await directoryStorage();
  await sql(
    server,
    "postgres",
    `CREATE ROLE hasty SUPERUSER LOGIN PASSWORD 'of hasty'`,
    `ALTER ROLE hasty SET DateStyle = 'SQL, DMY'`,
    `ALTER ROLE hasty SET statement_timeout = '5ms'`,
    `CREATE ROLE leaving VALID UNTIL '2031-02-01 00:00:00+00'`,
    `DO $$ BEGIN FOR i IN 1..2000 LOOP EXECUTE format('CREATE ROLE many_%s', i); END LOOP; END $$`,
  );
  const hasty = { POSTGRESQL_USERNAME: "hasty", POSTGRESQL_PASSWORD: "of hasty" };
  const env = { ...sourceEnv(server, "*"), ...hasty, ...storage.env, COMPRESSION: "none", HOSTNAME: "pod" };

  const dumped = await runDumper(env);

  expect(dumped).toMatchObject({ exitCode: 0 });
  const key = (await storage.objects()).find((one) => one.includes("pg_globals")) ?? "";
  const globals = await readFile(join(storage.env["BACKEND_PATH"] ?? "", key), "utf8");
  expect(/^ALTER ROLE leaving .*$/m.exec(globals)?.[0]).toMatch(/VALID UNTIL '2031-02-01 00:00:00\+00';$/);
}, 120_000);
