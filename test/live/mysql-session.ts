import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { mysqlClients } from "../bed/mysql-clients.ts";
import type { MysqlServer } from "../bed/mysql.ts";
import { until } from "../bed/wait.ts";
import { sql } from "./mysql-server.ts";

/** Holds a table of a database locked against everybody, while a dump is under way. */
export async function lockTable(server: MysqlServer, table: string): Promise<() => Promise<void>> {
  const connection = [`--host=${server.host}`, `--port=${server.port}`, `--user=${server.superuser}`];
  const child: ChildProcess = spawn(
    join(await mysqlClients(), "mysql"),
    ["--no-defaults", ...connection, "--get-server-public-key"],
    { env: { MYSQL_PWD: server.password }, stdio: ["pipe", "ignore", "ignore"] },
  );
  const closed = once(child, "close");
  child.stdin?.write(`LOCK TABLES ${table} WRITE; SELECT 'is locked', SLEEP(600);\n`);
  await until("the table to be locked", 30_000, async () => (await sessionsWith(server, "%is locked%")) === 1);
  return async () => {
    const mine =
      "SELECT ID FROM information_schema.PROCESSLIST WHERE INFO LIKE '%is locked%' AND ID <> CONNECTION_ID()";
    await sql(server, null, `KILL ${await sql(server, null, mine)}`);
    await closed;
  };
}

/** How many sessions run a statement like that, or wait in it. */
export async function sessionsWith(server: MysqlServer, pattern: string): Promise<number> {
  const found = `SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE CONCAT(STATE, ' ', INFO) LIKE '${pattern}' AND ID <> CONNECTION_ID()`;
  return Number(await sql(server, null, found));
}
