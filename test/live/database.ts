import { join } from "node:path";
import type { Environment } from "../../contract/dump-request.ts";
import { run } from "../bed/command.ts";
import { postgresClients } from "../bed/postgres-clients.ts";
import type { PostgresServer } from "../bed/postgres.ts";

/** Owns what is dumped and restored; not a superuser. */
export const owner = { name: "shop owner", password: "correct horse/battery+staple" } as const;

/** Runs SQL as the superuser and gives the rows, unaligned. */
export async function sql(server: PostgresServer, database: string, ...statements: readonly string[]): Promise<string> {
  const connection = `host=${server.host} port=${server.port} user=${server.superuser} dbname='${database.replace(/[\\']/g, "\\$&")}'`;
  const commands = statements.flatMap((statement) => ["-c", statement]);
  const args = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", ...commands, `--dbname=${connection}`];
  const output = await run(join(await postgresClients(), "psql"), args, { env: { PGPASSWORD: server.password } });
  return output.trim();
}

/** Makes the owner, once for each server. */
export async function createOwner(server: PostgresServer): Promise<void> {
  await sql(server, "postgres", `CREATE ROLE "${owner.name}" LOGIN PASSWORD '${owner.password}'`);
}

/** Makes an empty database that the owner owns. */
export async function createDatabase(server: PostgresServer, database: string): Promise<void> {
  await sql(server, "postgres", `CREATE DATABASE "${database}" OWNER "${owner.name}" TEMPLATE template0`);
}

/** Fills a database as its owner with what a dump may stumble over. @param rows of the large table, 1 KiB each, that hardly compress */
export async function fill(server: PostgresServer, database: string, rows: number): Promise<void> {
  await sql(
    server,
    database,
    `SET SESSION AUTHORIZATION "${owner.name}"`,
    `CREATE SCHEMA "odd ""schema"`,
    `CREATE TYPE mood AS ENUM ('sad', 'it''s fine', E'a\\nb')`,
    `CREATE TABLE "odd ""schema"."Tab\tle" (id serial PRIMARY KEY, mood mood, note text, data bytea, at timestamptz, doc jsonb, tags text[])`,
    `INSERT INTO "odd ""schema"."Tab\tle" (mood, note, data, at, doc, tags)
       SELECT 'it''s fine', E'tab\\t newline\\n backslash \\\\. null-ish \\\\N émoji ☃ ' || i, decode(md5(i::text), 'hex'),
              timestamptz '2024-02-29 12:00+00' + i * interval '1 hour', jsonb_build_object('i', i, 'nested', jsonb_build_array(i, null)), ARRAY['a', NULL, 'c"d']
       FROM generate_series(1, 500) AS i`,
    `CREATE TABLE bulk (id bigint PRIMARY KEY, noise text NOT NULL)`,
    `INSERT INTO bulk SELECT i, (SELECT string_agg(md5(random()::text || i || j), '') FROM generate_series(1, 32) AS j) FROM generate_series(1, ${rows}) AS i`,
    `CREATE VIEW totals AS SELECT count(*) AS n FROM bulk`,
    `CREATE FUNCTION answer() RETURNS int LANGUAGE sql AS 'SELECT 42; -- COMMIT;'`,
  );
}

/** What tells two databases apart: for every table the number of its rows and a hash of their content, and every sequence. */
export async function contentOf(server: PostgresServer, database: string): Promise<readonly string[]> {
  const tables = await sql(
    server,
    database,
    `SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname !~ '^pg_|information_schema' ORDER BY 1`,
  );
  const hashes = [];
  for (const table of tables.split("\n")) {
    const query = `SELECT count(*), md5(string_agg(t::text, E'\\n' ORDER BY t::text COLLATE "C")) FROM ${table} AS t`;
    hashes.push(`${table} ${await sql(server, database, query)}`);
  }
  const sequences = `SELECT schemaname, sequencename, last_value FROM pg_sequences ORDER BY 1, 2`;
  return [
    ...hashes,
    await sql(server, database, sequences),
    await sql(server, database, "SELECT answer(), n FROM totals"),
  ];
}

/** The dumper's variables for a database. */
export function sourceEnv(server: { readonly host: string; readonly port: number }, database: string): Environment {
  return {
    POSTGRESQL_HOST: server.host,
    POSTGRESQL_PORT: String(server.port),
    POSTGRESQL_USERNAME: owner.name,
    POSTGRESQL_PASSWORD: owner.password,
    POSTGRESQL_DATABASE: database,
  };
}
