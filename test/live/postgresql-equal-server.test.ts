import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ensureDebianPackages } from "../bed/apt.ts";
import { startPgbouncer } from "../bed/pgbouncer.ts";
import { type PostgresServer, startPostgres } from "../bed/postgres.ts";
import { createDatabase, createOwner, owner, sourceEnv, sql } from "./database.ts";
import { type Ended, runCli, runDumper } from "./dumper-process.ts";
import * as restoring from "./postgresql-restoring.ts";
import { manifestOf, password, target } from "./postgresql-restoring.ts";
import { directoryStorage, type TestStorage } from "./storages.ts";

// What is dumped well and does not go back into an equal server as it is.
let server: PostgresServer;

beforeAll(async () => {
  await ensureDebianPackages(["isal"]);
  server = await startPostgres({ major: 18 });
  await createOwner(server);
}, 180_000);

afterAll(() => server.stop(), 60_000);

const make = (database: string, ...statements: readonly string[]) => restoring.make(server, database, ...statements);
const dumped = (database: string) => restoring.dumped(server, database);
const restoredInto = (storage: TestStorage, database: string, ...options: readonly string[]) =>
  restoring.restoredInto(server, storage, database, ...options);

async function restored(storage: TestStorage, database: string, ...options: readonly string[]): Promise<Ended> {
  await createDatabase(server, database);
  return restoredInto(storage, database, ...options);
}

async function manifestIn(storage: TestStorage): Promise<{ objects: readonly object[]; notes: readonly string[] }> {
  const text = await readFile(join(storage.env["BACKEND_PATH"] ?? "", await manifestOf(storage)), "utf8");
  return JSON.parse(text) as { objects: readonly object[]; notes: readonly string[] };
}

/** Changes the one dump in a storage, and leaves its manifest as it is. */
async function damage(storage: TestStorage, change: (dump: string) => string): Promise<void> {
  const key = (await storage.objects()).find((one) => one.endsWith(".sql")) ?? "";
  const file = join(storage.env["BACKEND_PATH"] ?? "", key);
  await writeFile(file, change(await readFile(file, "latin1")), "latin1");
}

function tablesIn(database: string): Promise<string> {
  return sql(server, database, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'");
}

const largeObjects = (count: number) => [`SELECT count(lo_from_bytea(0, '\\x00ff')) FROM generate_series(1, ${count})`];

describe("a database with more objects than one transaction can lock", () => {
  let storage: TestStorage;

  beforeAll(async () => {
    await make("many", "CREATE TABLE kept AS SELECT 1 AS one", ...largeObjects(4_000), ...largeObjects(4_000));
    // A question that takes longer for more of them would meet this.
    await sql(server, "postgres", `ALTER ROLE "${owner.name}" SET statement_timeout = '20ms'`);
    storage = await dumped("many");
  }, 180_000);

  afterAll(() => sql(server, "postgres", `ALTER ROLE "${owner.name}" RESET ALL`));

  test("is noted in the manifest and by a check", async () => {
    const checked = await runCli(["dump", "--check"], { ...sourceEnv(server, "many"), ...storage.env });

    const { objects, notes } = await manifestIn(storage);
    const database = { encoding: "UTF8", collate: "C.UTF-8", ctype: "C.UTF-8", provider: "libc", locale: null };
    expect(objects).toMatchObject([{ database: { ...database, objects: 8_001, lcMonetary: null } }]);
    const note = /"many" has 8001 tables.*max_locks_per_transaction = 81 .*--no-single-transaction/;
    expect(notes).toEqual([expect.stringMatching(note)]);
    expect(checked).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(note) });
  }, 60_000);

  test("is refused before the first byte, with the setting and its value", async () => {
    const ended = await restored(storage, "refused");

    expect(ended.exitCode).toBe(1);
    expect(ended.stderr).toMatch(
      /takes 8051 locks, and the target is sure to have 6400 .*; set max_locks_per_transaction = 81 in the target .*--no-single-transaction/,
    );
    expect(await tablesIn("refused")).toBe("0");
  }, 60_000);

  test("comes back in several transactions", async () => {
    const ended = await restored(storage, "in several", "--no-single-transaction");

    expect(ended).toMatchObject({ exitCode: 0, stderr: expect.not.stringMatching(/note|failed/) });
    const content = "SELECT count(*), md5(string_agg(md5(lo_get(oid)), '')) FROM pg_largeobject_metadata";
    expect(await sql(server, "in several", content)).toBe(await sql(server, "many", content));
    expect(await tablesIn("in several")).toBe("1");
  }, 180_000);
});

describe("a database with large objects", () => {
  beforeAll(() => make("with large objects", "CREATE TABLE a (id int PRIMARY KEY)", ...largeObjects(700)), 60_000);

  test("stays empty when what follows them is damaged", async () => {
    const storage = await dumped("with large objects");
    await damage(storage, (dump) => dump.replace("ADD CONSTRAINT a_pkey", "ADD CONSTRAINT b_pkey"));

    const ended = await restored(storage, "stays empty");

    expect(ended).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/is damaged.*; the database is as it was/),
    });
    expect(await tablesIn("stays empty")).toBe("0");
    expect(await sql(server, "stays empty", "SELECT count(*) FROM pg_largeobject_metadata")).toBe("0");
  }, 60_000);

  test("may have what came before the damage when it was restored in several transactions, and that is told", async () => {
    const storage = await dumped("with large objects");
    await damage(storage, (dump) => dump.replace("ADD CONSTRAINT a_pkey", "ADD CONSTRAINT b_pkey"));

    const ended = await restored(storage, "has some", "--no-single-transaction");

    expect(ended).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/is damaged.*; discard the database/) });
  }, 60_000);
});

describe("a materialized view that cannot be filled", () => {
  let storage: TestStorage;

  beforeAll(async () => {
    await make(
      "views",
      "CREATE TABLE items AS SELECT generate_series(1, 10) AS id",
      "CREATE FUNCTION counted() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM public.items'",
      "CREATE MATERIALIZED VIEW well AS SELECT count(*) FROM items",
      `CREATE MATERIALIZED VIEW "not; well" AS SELECT counted() AS n`,
      "CREATE OR REPLACE FUNCTION counted() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM items'",
    );
    storage = await dumped("views");
  }, 60_000);

  test("is named, with what to do, and nothing is restored", async () => {
    const ended = await restored(storage, "views refused");

    expect(ended.exitCode).toBe(1);
    expect(ended.stderr).toMatch(
      /relation "items" does not exist.*at: REFRESH MATERIALIZED VIEW public\."not; well";; let its functions name schemas.*--skip-refresh.*the database is as it was/,
    );
    expect(await tablesIn("views refused")).toBe("0");
  }, 60_000);

  test("is left empty and listed on request", async () => {
    const ended = await restored(storage, "views left empty", "--skip-refresh");

    expect(ended.exitCode).toBe(0);
    expect(ended.stderr).toMatch(
      /^note: the materialized view public\."not; well" is empty .*\nnote: the materialized view public\.well is empty .*\n$/,
    );
    const populated = "SELECT string_agg(matviewname, ',') FROM pg_matviews WHERE ispopulated";
    expect(await sql(server, "views left empty", populated)).toBe("");
    expect(await tablesIn("views left empty")).toBe("1");
  }, 60_000);

  test("is passed over and listed by a restore that keeps going, and all else is there", async () => {
    const ended = await restored(storage, "views passed over", "--keep-going");

    expect(ended.exitCode).toBe(1);
    expect(ended.stderr).toMatch(
      /^failed and passed over: ERROR: relation "items" does not exist.*at: REFRESH MATERIALIZED VIEW public\."not; well";\n$/,
    );
    expect(await sql(server, "views passed over", "SELECT * FROM well")).toBe("10");
  }, 60_000);
});

test("an extension that only a superuser may comment on comes back as the owner's, and the comment is listed", async () => {
  await make("statistics", "CREATE TABLE items AS SELECT 1 AS id");
  const extension = "CREATE EXTENSION pg_stat_statements";
  await sql(server, "statistics", extension, "COMMENT ON EXTENSION pg_stat_statements IS 'ours'");
  const storage = await dumped("statistics");
  await createDatabase(server, "statistics back");
  await sql(server, "statistics back", extension);

  const ended = await restoredInto(storage, "statistics back");

  expect(ended).toMatchObject({
    exitCode: 0,
    stderr: "note: the comment on the extension pg_stat_statements, which only its owner may make, is left out\n",
  });
  expect(await tablesIn("statistics back")).toBe("1");
}, 60_000);

test("a restore that keeps going passes over what is in the way, and runs no row as a statement", async () => {
  await make(
    "in the way",
    "CREATE TABLE a (id int PRIMARY KEY, note text)",
    "CREATE TABLE b (id int REFERENCES a)",
    "CREATE TABLE c AS SELECT generate_series(1, 100) AS id",
    "INSERT INTO a VALUES (1, '; DROP TABLE c; CREATE TABLE from_a_row (); --'), (2, E'\\nDROP TABLE c;')",
    "INSERT INTO b VALUES (1), (2)",
    ...largeObjects(3),
  );
  const storage = await dumped("in the way");
  await createDatabase(server, "taken");
  await sql(server, "taken", `SET SESSION AUTHORIZATION "${owner.name}"`, "CREATE TABLE a (only_this int)");

  const ended = await restoredInto(storage, "taken", "--into-non-empty", "--keep-going");

  expect(ended.exitCode).toBe(1);
  const failed = ended.stderr.split("\n").filter((line) => line !== "");
  expect(
    failed.map((line) => /^failed and passed over: ERROR: (.*?)(?: LINE.*)?, at: (\w+ \w+)/.exec(line)?.slice(1)),
  ).toEqual([
    ['relation "a" already exists', "CREATE TABLE"],
    ['column "id" of relation "a" does not exist', "COPY public"],
    [expect.stringContaining('column "id"'), "ALTER TABLE"],
    [expect.stringContaining("column"), "ALTER TABLE"],
  ]);
  expect(await sql(server, "taken", "SELECT count(*) FROM c", "SELECT count(*) FROM b")).toBe("100\n2");
  expect(await sql(server, "taken", "SELECT count(*) FROM pg_tables WHERE tablename = 'from_a_row'")).toBe("0");
  expect(await sql(server, "taken", "SELECT count(*) FROM pg_largeobject_metadata")).toBe("3");
}, 60_000);

describe("a database of another encoding or locale", () => {
  test("that cannot hold all characters is refused before the first byte", async () => {
    await make("words", "CREATE TABLE words AS SELECT 'snow: ☃' AS word");
    const storage = await dumped("words");
    await sql(
      server,
      "postgres",
      `CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0 OWNER "${owner.name}"`,
    );

    const ended = await restoredInto(storage, "latin");

    expect(ended.exitCode).toBe(1);
    expect(ended.stderr).toMatch(
      /was of encoding UTF8, and "latin" is of LATIN1.*createdb --template=template0 --encoding=UTF8 --lc-collate=C.UTF-8/,
    );
  }, 60_000);

  test("takes what it can hold, and the locale is told", async () => {
    await sql(
      server,
      "postgres",
      `CREATE DATABASE western ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0 OWNER "${owner.name}"`,
    );
    await sql(
      server,
      "western",
      `CREATE TABLE words AS SELECT chr(252) || 'n' AS word`,
      `ALTER TABLE words OWNER TO "${owner.name}"`,
    );
    const storage = await dumped("western");

    const ended = await restored(storage, "universal");

    expect(ended).toMatchObject({ exitCode: 0 });
    expect(ended.stderr).toMatch(/^note: the database was of the locale C, C, and "universal" is of C.UTF-8, C.UTF-8/);
    expect(await sql(server, "universal", "SELECT word FROM words")).toBe("ün");
  }, 60_000);

  test("reads money as it was written", async () => {
    await make("prices", "CREATE TABLE prices AS SELECT 1234.5::numeric::money AS price");
    await sql(server, "prices", `ALTER DATABASE prices SET lc_monetary = 'POSIX'`);
    await sql(
      server,
      "prices",
      `SET SESSION AUTHORIZATION "${owner.name}"`,
      "CREATE MATERIALIZED VIEW read_by AS SELECT current_setting('lc_monetary') AS locale",
    );
    const storage = await dumped("prices");

    const ended = await restored(storage, "prices back");

    expect(ended).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/^left out of the snapshot: the database's own settings .*\n$/),
    });
    expect((await manifestIn(storage)).objects).toMatchObject([{ database: { lcMonetary: "POSIX" } }]);
    expect(await sql(server, "prices back", "SELECT locale FROM read_by")).toBe("POSIX");
  }, 60_000);
});

describe("through a connection pooler", () => {
  let storage: TestStorage;

  beforeAll(async () => {
    await make("pooled", "CREATE TABLE items AS SELECT 1 AS id");
    storage = await dumped("pooled");
  }, 60_000);

  test("in transaction mode nothing is dumped or restored, and a check says why", async () => {
    const pooler = await startPgbouncer(server, owner, "transaction");
    try {
      const elsewhere = await directoryStorage();
      const env = { ...sourceEnv(pooler, "pooled"), ...elsewhere.env, HOSTNAME: "pod" };
      await createDatabase(server, "through a pooler");

      const checked = await runCli(["dump", "--check"], env);
      const ended = await runDumper(env);
      const to = target({ ...server, port: pooler.port }, "through a pooler");
      const back = await runCli(["restore", await manifestOf(storage), "--to", to], { ...storage.env, ...password });

      const problem = new RegExp(
        `127.0.0.1:${pooler.port} is a connection pooler in transaction mode.*the server itself`,
      );
      expect(checked).toMatchObject({ exitCode: 3, stderr: expect.stringMatching(problem) });
      expect(ended).toMatchObject({ exitCode: 3, terminationMessage: expect.stringMatching(problem) });
      expect(back).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(problem) });
      expect(await tablesIn("through a pooler")).toBe("0");
    } finally {
      await pooler.stop();
    }
  }, 120_000);

  test("in session mode a database is dumped and comes back", async () => {
    const pooler = await startPgbouncer(server, owner, "session");
    try {
      const elsewhere = await directoryStorage();
      const env = { ...sourceEnv(pooler, "pooled"), ...elsewhere.env, HOSTNAME: "pod" };
      await createDatabase(server, "through a session");

      const ended = await runDumper(env);
      const to = target({ ...server, port: pooler.port }, "through a session");
      const back = await runCli(["restore", await manifestOf(elsewhere), "--to", to], {
        ...elsewhere.env,
        ...password,
      });

      expect(ended).toMatchObject({ exitCode: 0 });
      expect(back).toMatchObject({ exitCode: 0, stderr: "" });
      expect(await tablesIn("through a session")).toBe("1");
    } finally {
      await pooler.stop();
    }
  }, 120_000);
});

test("a check fails at what fails in the night, also at what only pg_dump meets", async () => {
  await make("one way", "CREATE TABLE items AS SELECT 1 AS id");
  const env = { ...sourceEnv(server, "one way"), ...(await directoryStorage()).env, HOSTNAME: "pod" };
  const options = { PG_DUMP_OPTIONS: "--strict-names --schema=nothing" };

  const checked = await runCli(["dump", "--check"], { ...env, ...options });
  const ended = await runDumper({ ...env, ...options });

  const problem = /no matching schemas were found for pattern .{1,2}nothing/;
  expect(checked).toMatchObject({ exitCode: 3, stderr: expect.stringMatching(problem) });
  expect(ended).toMatchObject({ exitCode: 3, terminationMessage: expect.stringMatching(problem) });
}, 60_000);
