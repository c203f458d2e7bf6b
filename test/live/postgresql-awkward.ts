import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../bed/command.ts";
import { postgresClients } from "../bed/postgres-clients.ts";
import type { PostgresServer } from "../bed/postgres.ts";
import { owner, sql } from "./database.ts";

/** Fills a database as its owner with all that a dump may stumble over, among it a row of 32 MiB. */
export async function fillAwkward(server: PostgresServer, database: string): Promise<void> {
  const script = await readFile(join(import.meta.dirname, "postgresql-awkward.sql"), "utf8");
  const args = ["-X", "-q", "-v", "ON_ERROR_STOP=1", `--dbname=${connection(server, database)}`];
  const env = { PGPASSWORD: server.password, PGCLIENTENCODING: "UTF8" };
  const asOwner = `SET SESSION AUTHORIZATION "${owner.name}";\n${script}`;
  await run(join(await postgresClients(), "psql"), args, { env, input: asOwner });
}

/**
 * All that tells two databases apart: the definition of every object as pg_dump writes it, and for every table,
 * materialized view, sequence and large object what is in it.
 */
export async function everythingOf(server: PostgresServer, database: string): Promise<readonly string[]> {
  return [...(await contentsOf(server, database)), await schemaOf(server, database)];
}

async function contentsOf(server: PostgresServer, database: string): Promise<readonly string[]> {
  const relations = await sql(
    server,
    database,
    `SELECT json_agg(json_build_object('name', format('%I.%I', n.nspname, relname), 'kind', relkind) ORDER BY n.nspname, relname)
       FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
       WHERE relkind IN ('r', 'm', 'S') AND relispopulated AND n.nspname !~ '^pg_|information_schema'`,
  );
  const queries = (JSON.parse(relations) as readonly { name: string; kind: string }[]).map(({ name, kind }) =>
    kind === "S"
      ? `SELECT $$${name}$$, last_value, is_called FROM ${name}`
      : `SELECT $$${name}$$, count(*), md5(string_agg(md5(t::text), '' ORDER BY md5(t::text) COLLATE "C")) FROM ${name} AS t`,
  );
  const largeObjects = `SELECT oid, lomowner::regrole, lomacl, md5(lo_get(oid)) FROM pg_largeobject_metadata ORDER BY oid`;
  return (await sql(server, database, ...queries, largeObjects)).split("\n");
}

/** Without the key that is another one in each dump. */
async function schemaOf(server: PostgresServer, database: string): Promise<string> {
  const args = ["--schema-only", `--dbname=${connection(server, database)}`];
  const dump = await run(join(await postgresClients(), "pg_dump"), args, { env: { PGPASSWORD: server.password } });
  return dump.replaceAll(/^\\(un)?restrict .*$/gm, "");
}

function connection({ host, port, superuser }: PostgresServer, database: string): string {
  return `host=${host} port=${port} user=${superuser} dbname='${database.replace(/[\\']/g, "\\$&")}'`;
}
