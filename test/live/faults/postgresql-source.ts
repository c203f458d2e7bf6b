import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { postgresClients } from "../../bed/postgres-clients.ts";
import { startPostgres } from "../../bed/postgres.ts";
import { until } from "../../bed/wait.ts";
import { createDatabase, createOwner, fill, owner, sourceEnv, sql } from "../database.ts";
import type { SourceServer } from "./scene.ts";

const rows = 16_000;
const database = "shop";
const stranger = { name: "stranger", password: "the strangers password" } as const;
const ofTool = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ksnapshot'";

export async function startPostgresqlSource(): Promise<SourceServer> {
  const server = await startPostgres({ major: 16 });
  await createOwner(server);
  await createDatabase(server, database);
  await fill(server, database, rows);
  await sql(server, "postgres", `CREATE ROLE ${stranger.name} LOGIN PASSWORD '${stranger.password}'`);
  const psql = join(await postgresClients(), "psql");
  const toolIs = async (condition: string) => (await sql(server, database, `${ofTool} AND ${condition}`)) === "1";

  /** Runs SQL in a transaction that stays open; the function returned commits it. */
  function begin(statement: string): () => Promise<void> {
    const args = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", server.host, "-p", String(server.port)];
    const child = spawn(psql, [...args, "-U", server.superuser, database], {
      env: { ...process.env, PGPASSWORD: server.password },
      stdio: ["pipe", "ignore", "inherit"],
    });
    child.stdin.write(`BEGIN; ${statement};\n`);
    return async () => {
      const closed = once(child, "close");
      child.stdin.end("COMMIT;\n");
      const [status] = (await closed) as [number | null];
      if (status !== 0) throw new Error(`psql exited with ${String(status)}`);
    };
  }

  return {
    host: server.host,
    port: server.port,
    envAt: (address) => sourceEnv(address, database),
    dumpTool: "pg_dump",
    secrets: [owner.password, stranger.password],
    stranger,
    midway: async () => {
      await until("pg_dump to read the large table", 60_000, () => toolIs("query LIKE 'COPY public.bulk%'"));
    },
    addTable: async () => {
      await sql(server, database, `SET ROLE "${owner.name}"`, "CREATE TABLE doomed (id int)");
    },
    dropTableMidway: async () => {
      // The drop is not committed when pg_dump looks, and is when it comes to lock the table.
      const commit = begin("DROP TABLE doomed");
      await until("pg_dump to wait for the lock", 60_000, () => toolIs("wait_event_type = 'Lock'"));
      await commit();
    },
    crash: () => {
      process.kill(server.pid, "SIGQUIT"); // an immediate shutdown: every backend is ended at once
    },
    stop: () => server.stop(),
  };
}
