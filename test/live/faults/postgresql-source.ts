import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { postgresClients } from "../../bed/postgres-clients.ts";
import { startPostgres } from "../../bed/postgres.ts";
import { until } from "../../bed/wait.ts";
import { createDatabase, createOwner, fill, owner, sourceEnv, sql } from "../database.ts";
import type { SourceServer, Transaction } from "./scene.ts";

const rows = 16_000;
const database = "shop";
const reading = `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ksnapshot' AND query LIKE 'COPY public.bulk%'`;

export async function startPostgresqlSource(): Promise<SourceServer> {
  const server = await startPostgres({ major: 16 });
  await createOwner(server);
  await createDatabase(server, database);
  await fill(server, database, rows);
  const psql = join(await postgresClients(), "psql");
  const execute = (statement: string) => sql(server, database, statement);

  function begin(statement: string): Transaction {
    const args = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", server.host, "-p", String(server.port)];
    const child = spawn(psql, [...args, "-U", server.superuser, database], {
      env: { ...process.env, PGPASSWORD: server.password },
      stdio: ["pipe", "ignore", "inherit"],
    });
    child.stdin.write(`BEGIN; ${statement};\n`);
    return {
      commit: async () => {
        const closed = once(child, "close");
        child.stdin.end("COMMIT;\n");
        const [status] = (await closed) as [number | null];
        if (status !== 0) throw new Error(`psql exited with ${String(status)}`);
      },
    };
  }

  return {
    host: server.host,
    port: server.port,
    envAt: (address) => sourceEnv(address, database),
    dumpTool: "pg_dump",
    secrets: [owner.password],
    midway: async () => {
      await until("pg_dump to read the large table", 60_000, async () => (await execute(reading)) === "1");
    },
    execute,
    begin,
    crash: () => {
      process.kill(server.pid, "SIGQUIT"); // an immediate shutdown: every backend is ended at once
    },
    stop: () => server.stop(),
  };
}
