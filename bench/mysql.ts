import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { run } from "../test/bed/command.ts";
import { mysqlClients } from "../test/bed/mysql-clients.ts";
import { startMysql } from "../test/bed/mysql.ts";
import type { DumpEngine } from "./dump-engine.ts";

/** MySQL 9, dumped by its own mysqldump. */
export async function startMysqlEngine(): Promise<DumpEngine> {
  const mysql = await startMysql({ version: "9", settings: { "innodb-buffer-pool-size": "512M" } });
  const PATH = `${await mysqlClients()}:${process.env["PATH"] ?? ""}`;
  // The variable is known to every client and hides the password well enough from others in a benchmark.
  const toolEnv = { PATH, MYSQL_PWD: mysql.password };
  const connection = ["-h", mysql.host, "-P", String(mysql.port), "-u", mysql.superuser];
  const tool = [
    "mysqldump",
    ...connection,
    "--single-transaction",
    "--quick",
    "--hex-blob",
    "--no-tablespaces",
    "shop",
  ];
  const source = {
    PATH,
    MYSQL_HOST: mysql.host,
    MYSQL_PORT: String(mysql.port),
    MYSQL_USERNAME: mysql.superuser,
    MYSQL_PASSWORD: mysql.password,
    MYSQL_DATABASE: "shop",
  };
  const engine = { name: "MySQL", tool: tool.join(" "), toolEnv, source, stop: () => mysql.stop() };
  try {
    await run("mysql", [...connection, "-e", "CREATE DATABASE shop"], { env: toolEnv });
    const rows = await readFile(fileURLToPath(new URL("shop-mysql.sql", import.meta.url)), "utf8");
    await run("mysql", [...connection, "shop", "-e", rows], { env: toolEnv });
    return engine;
  } catch (error) {
    await engine.stop();
    throw error;
  }
}
