import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Environment } from "../../contract/dump-request.ts";
import { postgresClients } from "../bed/postgres-clients.ts";
import { type PostgresServer, startPostgres } from "../bed/postgres.ts";
import { createDatabase, createOwner, fill, owner, sourceEnv, sql } from "./database.ts";
import { runCli, runDumper } from "./dumper-process.ts";
import { pathOfEveryMajor } from "./postgresql-path.ts";
import { directoryStorage } from "./storages.ts";

const reader = { name: "back up", password: "readers password" } as const;

describe.each([13, 18] as const)("the user who dumps PostgreSQL %i", (major) => {
  let server: PostgresServer;
  let path: string;

  beforeAll(async () => {
    [server, path] = await Promise.all([startPostgres({ major }), pathOfEveryMajor()]);
    await createOwner(server);
    await sql(server, "postgres", `CREATE ROLE "${reader.name}" LOGIN PASSWORD '${reader.password}'`);
    await createDatabase(server, "shop");
    await fill(server, "shop", 10);
    await createDatabase(server, "locked");
    await sql(
      server,
      "shop",
      `SET SESSION AUTHORIZATION "${owner.name}"`,
      `SELECT lo_from_bytea(4242, 'large')`,
      `CREATE TABLE guarded (id int)`,
      `ALTER TABLE guarded ENABLE ROW LEVEL SECURITY`,
      `CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM bulk`,
    );
    await sql(server, "locked", `REVOKE CONNECT ON DATABASE locked FROM PUBLIC`, `CREATE TABLE inside (id int)`);
  }, 180_000);

  afterAll(() => server.stop(), 60_000);

  function envOf(database: string): Environment {
    const { name, password } = reader;
    return {
      ...{ ...sourceEnv(server, database), POSTGRESQL_USERNAME: name, POSTGRESQL_PASSWORD: password },
      ...{ PATH: path, HOSTNAME: "pod" },
    };
  }

  test("is told all that is missing at once, in every database, and what to run is all that it takes", async () => {
    const storage = await directoryStorage();
    const env = { ...envOf("*"), ...storage.env };

    const dumped = await runDumper(env);
    const checked = await runCli(["dump", "--check"], env);

    expect(dumped.exitCode).toBe(3);
    expect(dumped.terminationMessage).toContain("GRANT SELECT ON TABLE public.bulk");
    expect(checked.exitCode).toBe(3);
    expect(await storage.objects()).toEqual([]);
    expect(statementsIn(checked.stderr)).toEqual([
      { database: "postgres", statement: `GRANT SELECT ON pg_catalog.pg_authid TO "back up";` },
      { database: "postgres", statement: `GRANT CONNECT ON DATABASE "locked" TO "back up";` },
      { database: "shop", statement: `GRANT USAGE ON SCHEMA "odd ""schema" TO "back up";` },
      { database: "shop", statement: `GRANT SELECT ON TABLE "odd ""schema"."Tab\tle" TO "back up";` },
      { database: "shop", statement: `GRANT SELECT ON TABLE public.bulk TO "back up";` },
      { database: "shop", statement: `GRANT SELECT ON TABLE public.guarded TO "back up";` },
      { database: "shop", statement: `GRANT SELECT ON SEQUENCE "odd ""schema"."Tab\tle_id_seq" TO "back up";` },
      { database: "shop", statement: `GRANT SELECT ON LARGE OBJECT 4242 TO "back up";` },
      { database: "shop", statement: `ALTER ROLE "back up" BYPASSRLS;` },
    ]);

    // What could not be looked into before is told now; after that nothing is missing.
    for (const { database, statement } of statementsIn(checked.stderr)) await sql(server, database, statement);
    const again = await runCli(["dump", "--check"], env);
    expect(statementsIn(again.stderr)).toEqual([
      { database: "locked", statement: `GRANT SELECT ON TABLE public.inside TO "back up";` },
    ]);
    for (const { database, statement } of statementsIn(again.stderr)) await sql(server, database, statement);
    expect(await runCli(["dump", "--check"], env)).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await runDumper(env)).toMatchObject({ exitCode: 0 });
  }, 180_000);

  test("is told what no dump of theirs holds, and a superuser's does", async () => {
    await sql(
      server,
      "locked",
      `CREATE EXTENSION postgres_fdw`,
      `CREATE SERVER there FOREIGN DATA WRAPPER postgres_fdw`,
      `CREATE USER MAPPING FOR "${owner.name}" SERVER there OPTIONS (password 'of the mapping')`,
      `CREATE SUBSCRIPTION far CONNECTION 'host=127.0.0.1' PUBLICATION p WITH (connect = false, slot_name = NONE)`,
      `GRANT CONNECT ON DATABASE locked TO "${reader.name}"`,
      `GRANT SELECT ON inside TO "${reader.name}"`,
    );
    const storage = await directoryStorage();
    const asSuperuser = { POSTGRESQL_USERNAME: server.superuser, POSTGRESQL_PASSWORD: server.password };

    const theirs = await runCli(["dump", "--check"], { ...envOf("locked"), ...storage.env });
    const all = await runCli(["dump", "--check"], { ...envOf("locked"), ...asSuperuser, ...storage.env });
    await runDumper({ ...envOf("locked"), ...storage.env });

    expect(theirs).toMatchObject({ exitCode: 0 });
    expect(theirs.stdout).toContain("left out  subscription far: only a superuser may dump it");
    expect(theirs.stdout).toContain(
      `left out  options of the user mapping of "shop owner" at there: only a superuser may read them`,
    );
    expect(theirs.stdout).toMatch(/left out {2}the database's own grants: /);
    expect(all.stdout).not.toMatch(/subscription|user mapping/);
    const manifest = (await storage.objects()).find((key) => key.endsWith(".manifest.json")) ?? "";
    const { skipped } = JSON.parse(await readFile(join(storage.env["BACKEND_PATH"] ?? "", manifest), "utf8")) as {
      skipped: readonly string[];
    };
    expect(skipped).toContain("subscription far: only a superuser may dump it");
  }, 180_000);

  test("runs no function that a database's owner has put before the server's", async () => {
    await createDatabase(server, "hostile");
    await sql(
      server,
      "hostile",
      `ALTER DATABASE hostile SET search_path = public, pg_catalog`,
      `CREATE TABLE things (id int)`,
      `CREATE FUNCTION public.has_schema_privilege(oid, text) RETURNS boolean LANGUAGE plpgsql AS
         'BEGIN RAISE ''hijacked''; END'`,
    );
    const storage = await directoryStorage();
    const asSuperuser = { POSTGRESQL_USERNAME: server.superuser, POSTGRESQL_PASSWORD: server.password };

    const ended = await runDumper({ ...envOf("hostile"), ...asSuperuser, ...storage.env });

    await expect(sql(server, "hostile", "SELECT has_schema_privilege(1::oid, 'USAGE')")).rejects.toThrow("hijacked");
    expect(ended).toMatchObject({ exitCode: 0 });
  }, 180_000);

  test("may leave large objects out on purpose", async () => {
    const storage = await directoryStorage();
    const env = {
      ...sourceEnv(server, "shop"),
      ...storage.env,
      PATH: path,
      SKIP: "large-objects",
      COMPRESSION: "none",
    };

    expect(await runDumper(env)).toMatchObject({ exitCode: 0 });

    const object = (await storage.objects()).find((key) => key.endsWith(".sql")) ?? "";
    const dump = await readFile(join(storage.env["BACKEND_PATH"] ?? "", object), "utf8");
    expect(/lo_create|lo_open/.exec(dump)).toBeNull();
  }, 180_000);
});

test("a server is refused to a pg_dump that is older, and both versions and the image to use are named", async () => {
  const server = await startPostgres({ major: 18 });
  try {
    await createOwner(server);
    await createDatabase(server, "shop");
    const storage = await directoryStorage();
    const path = `${await postgresClients(17)}:${process.env["PATH"] ?? ""}`;

    const ended = await runCli(["dump", "--check"], { ...sourceEnv(server, "shop"), ...storage.env, PATH: path });

    expect(ended.exitCode).toBe(3);
    expect(ended.stderr).toMatch(
      /pg_dump 17\.\d+ is older than the server, 18\.\d.* Use the image ksnapshot\/dumper-postgresql:/,
    );
  } finally {
    await server.stop();
  }
}, 180_000);

/** The statements of a check, each with the database that it says. */
function statementsIn(text: string): readonly { readonly database: string; readonly statement: string }[] {
  let database = "postgres";
  return text.split("\n").flatMap((line) => {
    const named = /(?:in the database|of .* in the database) "([^"]+)"/.exec(line)?.[1];
    if (named !== undefined) database = named;
    else if (line.endsWith("superuser:")) database = "postgres";
    const statement = /^ {2}((?:GRANT|ALTER) .*;)$/.exec(line)?.[1];
    return statement === undefined ? [] : [{ database, statement }];
  });
}
