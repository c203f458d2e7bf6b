import { fileURLToPath } from "node:url";
import { run } from "../test/bed/command.ts";
import { postgresClients } from "../test/bed/postgres-clients.ts";
import { startPostgres } from "../test/bed/postgres.ts";
import type { DumpEngine } from "./dump-engine.ts";

/** Rows of each of the shop's two large tables; a dump of 1.0 GiB. */
const orders = 2_310_000;

/** PostgreSQL 18, dumped by its own pg_dump. */
export async function startPostgresqlEngine(): Promise<DumpEngine> {
  const postgres = await startPostgres({ major: 18, tls: false, settings: { max_wal_size: "4GB" } });
  const PATH = `${await postgresClients()}:${process.env["PATH"] ?? ""}`;
  const toolEnv = {
    PATH,
    PGHOST: postgres.host,
    PGPORT: String(postgres.port),
    PGUSER: postgres.superuser,
    PGPASSWORD: postgres.password,
    PGDATABASE: "shop",
  };
  const source = {
    PATH,
    POSTGRESQL_HOST: postgres.host,
    POSTGRESQL_PORT: String(postgres.port),
    POSTGRESQL_USERNAME: postgres.superuser,
    POSTGRESQL_PASSWORD: postgres.password,
    POSTGRESQL_DATABASE: "shop",
  };
  const engine = { name: "PostgreSQL", tool: "pg_dump", toolEnv, source, stop: () => postgres.stop() };
  try {
    const psql = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-v", `orders=${orders}`];
    await run("psql", [...psql, "-d", "postgres", "-c", "CREATE DATABASE shop"], { env: toolEnv });
    const rows = fileURLToPath(new URL("shop.sql", import.meta.url));
    await run("psql", [...psql, "-f", rows], { env: toolEnv });
    return engine;
  } catch (error) {
    await engine.stop();
    throw error;
  }
}
