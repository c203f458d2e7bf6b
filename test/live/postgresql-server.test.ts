import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../../contract/dump-request.ts";
import { run } from "../bed/command.ts";
import { postgresClients } from "../bed/postgres-clients.ts";
import type { PostgresMajor } from "../bed/postgres-server.ts";
import { type PostgresServer, startPostgres } from "../bed/postgres.ts";
import { giveToUnprivileged } from "../bed/unprivileged.ts";
import { sql } from "./database.ts";
import { runCli, runDumper } from "./dumper-process.ts";
import { pathOfEveryMajor } from "./postgresql-path.ts";
import { directoryStorage, type TestStorage } from "./storages.ts";

/** For tablespaces: each server has folders of its own. */
let folders: string;

beforeAll(async () => {
  folders = await mkdtemp(join(tmpdir(), "ksnapshot-tablespaces-"));
});

afterAll(() => rm(folders, { recursive: true }), 60_000);

async function createTablespace(server: PostgresServer): Promise<void> {
  const folder = await mkdtemp(join(folders, "fast-"));
  await giveToUnprivileged(folder);
  await sql(server, "postgres", `CREATE TABLESPACE "fast disk" LOCATION '${folder}'`);
}

/** Roles, databases with their properties, and in them what only a superuser may make. */
async function fillServer(server: PostgresServer): Promise<void> {
  await createTablespace(server);
  await sql(
    server,
    "postgres",
    `CREATE ROLE "app; owner" LOGIN CREATEDB PASSWORD 'it''s a \\ password' VALID UNTIL '2030-01-01' CONNECTION LIMIT 7`,
    `CREATE ROLE "a ""group""" NOLOGIN`,
    `GRANT "a ""group""" TO "app; owner" WITH ADMIN OPTION`,
    `ALTER ROLE "app; owner" SET search_path = "a, b", public`,
    `COMMENT ON ROLE "app; owner" IS E'it''s; CREATE ROLE x;\\n\\\\! true'`,
    `GRANT CREATE ON TABLESPACE "fast disk" TO "app; owner"`,
    `CREATE DATABASE "shop's" OWNER "app; owner" TEMPLATE template0 TABLESPACE "fast disk" CONNECTION LIMIT 50`,
    `ALTER DATABASE "shop's" SET search_path = "$user", 'odd "schema', public`,
    `ALTER DATABASE "shop's" SET application_name = 'it''s \\ here'`,
    `ALTER ROLE "app; owner" IN DATABASE "shop's" SET work_mem = '9MB'`,
    `COMMENT ON DATABASE "shop's" IS E'two\\nlines'`,
    `REVOKE CONNECT ON DATABASE "shop's" FROM PUBLIC`,
    `GRANT CONNECT, CREATE ON DATABASE "shop's" TO "a ""group""" WITH GRANT OPTION`,
    `CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0 IS_TEMPLATE true`,
    `CREATE DATABASE closed TEMPLATE template0 ALLOW_CONNECTIONS false`,
    `CREATE TABLE in_postgres AS SELECT 1 AS one`,
  );
  const { major } = server;
  const locale = "ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8' TEMPLATE template0";
  if (major >= 16) {
    const icu = `LOCALE_PROVIDER icu ICU_LOCALE 'de-u-co-phonebk' ICU_RULES '& a < g'`;
    await sql(server, "postgres", `CREATE DATABASE "by icu" ${icu} ${locale}`);
  }
  if (major >= 17) {
    const builtin = "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'";
    await sql(server, "postgres", `CREATE DATABASE "built in" ${builtin} ${locale}`);
  }
  await sql(server, "latin", `CREATE TABLE words AS SELECT 'ünïcödé' AS word`);
  await sql(
    server,
    "shop's",
    `CREATE TABLE items AS SELECT i, md5(i::text) AS name FROM generate_series(1, 1000) AS i`,
    `ALTER TABLE items OWNER TO "app; owner"`,
    `CREATE PUBLICATION everything FOR ALL TABLES`,
    `CREATE SUBSCRIPTION far CONNECTION 'host=127.0.0.1 password=hidden' PUBLICATION p WITH (connect = false, slot_name = NONE)`,
    `CREATE FUNCTION noticed() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'`,
    `CREATE EVENT TRIGGER noticing ON ddl_command_end EXECUTE FUNCTION noticed()`,
    `CREATE EXTENSION postgres_fdw`,
    `CREATE SERVER there FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'there')`,
    `CREATE USER MAPPING FOR "app; owner" SERVER there OPTIONS (user 'u', password 'of the mapping')`,
    `CREATE FOREIGN TABLE elsewhere (i int) SERVER there`,
    `SELECT lo_from_bytea(7, '\\x00ff')`,
  );
}

/** All of a server as pg_dumpall writes it, but for what is each server's own. */
async function wholeOf(server: PostgresServer): Promise<string> {
  const { host, port, superuser, password } = server;
  const args = ["-h", host, "-p", String(port), "-U", superuser];
  const dump = await run(join(await postgresClients(), "pg_dumpall"), args, { env: { PGPASSWORD: password } });
  return dump
    .replaceAll(/^\\(un)?restrict .*$/gm, "")
    .replaceAll(/^ALTER ROLE postgres WITH .*$/gm, "")
    .replaceAll(/ LOCATION '.*'/g, "");
}

function everyDatabaseEnv(server: PostgresServer, storage: TestStorage, path: string): Environment {
  return {
    ...{ POSTGRESQL_HOST: server.host, POSTGRESQL_PORT: String(server.port), POSTGRESQL_DATABASE: "*" },
    ...{ POSTGRESQL_USERNAME: server.superuser, POSTGRESQL_PASSWORD: server.password },
    ...{ PATH: path, HOSTNAME: "pod", COMPRESSION: "none" },
    ...storage.env,
  };
}

interface Manifest {
  readonly objects: readonly { readonly name: string; readonly key: string }[];
  readonly skipped: readonly string[];
  readonly notes: readonly string[];
}

/** The one snapshot in a storage, and its key. */
async function snapshotIn(storage: TestStorage): Promise<{ readonly key: string; readonly manifest: Manifest }> {
  const keys = (await storage.objects()).filter((one) => one.endsWith(".manifest.json"));
  expect(keys).toHaveLength(1);
  const [key = ""] = keys;
  const text = await readFile(fileOf(storage, key), "utf8");
  return { key, manifest: JSON.parse(text) as Manifest };
}

function fileOf(storage: TestStorage, key: string): string {
  return join(storage.env["BACKEND_PATH"] ?? "", key);
}

function serverUrl({ superuser, host, port }: PostgresServer): string {
  return `postgres://${superuser}@${host}:${port}`;
}

function restoreInto(server: PostgresServer, key: string, storage: TestStorage, ...more: readonly string[]) {
  return runCli(["restore", key, "--to", serverUrl(server), ...more], { ...storage.env, PGPASSWORD: server.password });
}

async function databasesOf(server: PostgresServer): Promise<readonly string[]> {
  return (await sql(server, "postgres", "SELECT datname FROM pg_database ORDER BY 1")).split("\n");
}

test.each([13, 16, 18] as const)(
  "a whole server of PostgreSQL %i comes back equal into an empty one, roles, properties and all",
  async (major: PostgresMajor) => {
    const [source, empty] = await Promise.all([startPostgres({ major }), startPostgres({ major })]);
    try {
      await fillServer(source);
      await createTablespace(empty);
      const storage = await directoryStorage();

      const dumped = await runDumper(everyDatabaseEnv(source, storage, await pathOfEveryMajor()));
      expect(dumped).toMatchObject({ exitCode: 0 });
      const { key, manifest } = await snapshotIn(storage);
      const restored = await restoreInto(empty, key, storage);

      expect(restored).toMatchObject({
        exitCode: 0,
        stderr: expect.stringMatching(/^(left out of the snapshot: .*\n){3}$/),
      });
      expect(await wholeOf(empty)).toBe(await wholeOf(source));
      expect(await sql(empty, "shop's", "SELECT md5(lo_get(7))")).toBe(
        await sql(source, "shop's", "SELECT md5(lo_get(7))"),
      );
      expect(manifest.objects.map(({ name }) => name)).toEqual([
        "pg_globals",
        ...(major >= 17 ? ["built in"] : []),
        ...(major >= 16 ? ["by icu"] : []),
        ...["latin", "postgres", "shop's"],
      ]);
      expect(manifest.skipped).toEqual([
        'database "closed": it allows no connections',
        `database "template0": the server's own template`,
        `database "template1": the server's own template`,
        `rows of the foreign table public.elsewhere of the database "shop's": they are on another server`,
      ]);
      expect(manifest.notes.join(" ")).toMatch(/not of one point in time/);
    } finally {
      await Promise.all([source.stop(), empty.stop()]);
    }
  },
  180_000,
);

test("a whole server comes back into one whose first superuser has another name, memberships and all", async () => {
  const [source, empty] = await Promise.all([
    startPostgres({ major: 18, superuser: "app" }),
    startPostgres({ major: 18 }),
  ]);
  try {
    await sql(
      source,
      "postgres",
      `CREATE ROLE "a; group"`,
      `CREATE ROLE leader LOGIN`,
      `CREATE ROLE follower LOGIN`,
      `GRANT "a; group" TO leader WITH ADMIN OPTION`,
      `GRANT "a; group" TO app WITH SET FALSE`,
      `SET ROLE leader`,
      `GRANT "a; group" TO follower WITH INHERIT FALSE`,
    );
    const storage = await directoryStorage();
    await runDumper(everyDatabaseEnv(source, storage, await pathOfEveryMajor()));

    const restored = await restoreInto(empty, (await snapshotIn(storage)).key, storage);

    expect(restored).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/^left out of the snapshot: .*: the server's own template\n$/),
    });
    const memberships = `SELECT roleid::regrole, member::regrole, CASE grantor WHEN 10 THEN 'first' ELSE grantor::regrole::text END,
                                admin_option, inherit_option, set_option
                         FROM pg_auth_members WHERE roleid >= 16384 ORDER BY roleid::regrole::text, member::regrole::text`;
    expect(await sql(empty, "postgres", memberships)).toBe(await sql(source, "postgres", memberships));
    expect(await sql(empty, "postgres", memberships)).toContain(`"a; group"|follower|leader|f|f|t`);
  } finally {
    await Promise.all([source.stop(), empty.stop()]);
  }
}, 180_000);

describe("a whole server of PostgreSQL 18", () => {
  let source: PostgresServer;
  let path: string;

  beforeAll(async () => {
    [source, path] = await Promise.all([startPostgres({ major: 18 }), pathOfEveryMajor()]);
    await fillServer(source);
  }, 180_000);

  afterAll(() => source.stop(), 60_000);

  test("comes back equal with psql alone", async () => {
    const empty = await startPostgres({ major: 18 });
    try {
      const storage = await directoryStorage();
      await runDumper(everyDatabaseEnv(source, storage, path));
      await createTablespace(empty);
      const { manifest } = await snapshotIn(storage);
      const [globals, ...databases] = manifest.objects;
      const psql = join(await postgresClients(), "psql");
      const { host, port, superuser, password } = empty;
      const connection = ["-X", "-q", "-h", host, "-p", String(port), "-U", superuser];
      const file = (key = "") => ["-o", "/dev/null", "-f", fileOf(storage, key)];

      // docs/restore.md: what exists is an error that does no harm, and the superuser's password is the source's after it.
      await run(psql, [...connection, ...file(globals?.key), "-d", "postgres"], { env: { PGPASSWORD: password } });
      const env = { PGPASSWORD: source.password };
      for (const { name, key } of databases) {
        const one = ["-1", "-v", "ON_ERROR_STOP=1", "-d", `dbname='${name.replaceAll("'", "\\'")}'`];
        await run(psql, [...connection, ...one, ...file(key)], { env });
      }

      expect(await wholeOf({ ...empty, password: source.password })).toBe(await wholeOf(source));
    } finally {
      await empty.stop();
    }
  }, 180_000);

  test("of which one dump is damaged is restored up to it, and that is told", async () => {
    const empty = await startPostgres({ major: 18 });
    try {
      const storage = await directoryStorage();
      await runDumper(everyDatabaseEnv(source, storage, path));
      await createTablespace(empty);
      const { key, manifest } = await snapshotIn(storage);
      const file = fileOf(storage, manifest.objects.at(-1)?.key ?? "");
      await writeFile(file, (await readFile(file, "latin1")).replace("c4ca4238", "C4CA4238"), "latin1");

      const ended = await restoreInto(empty, key, storage);

      expect(ended.exitCode).toBe(1);
      expect(ended.stderr).toMatch(
        /is damaged: its SHA-256 is .*; discard the target: of the snapshot it has the databases "built in", "by icu", "latin", "postgres", and perhaps/,
      );
      expect(await sql(empty, "latin", "SELECT word FROM words")).toBe("ünïcödé");
      expect(await sql(empty, "shop's", "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")).toBe("0");

      // Nothing is made before every database is seen to be empty.
      await sql(empty, "postgres", `DROP DATABASE "shop's"`);
      const again = await restoreInto(empty, key, storage);
      expect(again).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/"latin" is not empty/) });
      expect(await databasesOf(empty)).not.toContain("shop's");
    } finally {
      await empty.stop();
    }
  }, 180_000);

  test("keeps what makes each database when the globals are left out, and nothing of the roles", async () => {
    const empty = await startPostgres({ major: 18 });
    try {
      const storage = await directoryStorage();
      await runDumper({ ...everyDatabaseEnv(source, storage, path), SKIP: "globals" });
      const { key, manifest } = await snapshotIn(storage);
      await sql(empty, "postgres", `CREATE ROLE "app; owner"`, `CREATE ROLE "a ""group"""`);

      const globals = await readFile(fileOf(storage, manifest.objects[0]?.key ?? ""), "utf8");
      const restored = await restoreInto(empty, key, storage);

      expect(globals).not.toMatch(/CREATE ROLE|TABLESPACE|SCRAM/);
      expect(manifest.skipped).toContain("roles and tablespaces: on purpose (skip: globals)");
      expect(restored).toMatchObject({ exitCode: 0 });
      expect(await sql(empty, "shop's", "SHOW application_name")).toBe("psql");
      expect(
        await sql(
          empty,
          "postgres",
          "SELECT datname, pg_encoding_to_char(encoding) FROM pg_database WHERE datname = 'latin'",
        ),
      ).toBe("latin|LATIN1");
      expect(await sql(empty, "shop's", "SELECT count(*) FROM items")).toBe("1000");
    } finally {
      await empty.stop();
    }
  }, 180_000);

  test("goes into one database only object by object", async () => {
    const storage = await directoryStorage();
    await runDumper(everyDatabaseEnv(source, storage, path));
    const { key, manifest } = await snapshotIn(storage);
    const env = { ...storage.env, PGPASSWORD: source.password };
    await sql(source, "postgres", `CREATE DATABASE "another name" TEMPLATE template0`);
    const to = `${serverUrl(source)}/another%20name`;

    const all = await runCli(["restore", key, "--to", to], env);
    const globals = await runCli(["restore", manifest.objects[0]?.key ?? "", "--to", to], env);
    const one = await runCli(["restore", manifest.objects.at(-1)?.key ?? "", "--to", to], env);

    expect(all).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/several objects.*name a server without a database/),
    });
    expect(globals).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/what the databases of a server share/),
    });
    expect(one).toMatchObject({ exitCode: 0 });
    expect(await sql(source, "another name", "SELECT count(*) FROM items")).toBe("1000");
  }, 180_000);
});
