import { mysqlClients, mariadbClients } from "../../bed/mysql-clients.ts";
import { startMariadb } from "../../bed/mariadb.ts";
import { type MysqlServer, startMysql } from "../../bed/mysql.ts";
import { until } from "../../bed/wait.ts";
import { run } from "../../bed/command.ts";
import { join } from "node:path";
import type { SourceServer } from "./scene.ts";

/** Shorter than a fault of the storage lasts: how long the server waits for a client that takes nothing. */
const settings = { net_write_timeout: "2" };
const database = "shop";
/** Of 60 MiB, which is more than the dumper, its pipes and the connection hold. */
export const largeDatabase = "large";
const backup = { name: "backup", password: ` it's "a" $(pass) #word\\ ☃ ` } as const;
const stranger = { name: "stranger", password: "the strangers password" } as const;

/** @param hasLarge whether there is the large database too */
export async function startMysqlSource(hasLarge: boolean): Promise<SourceServer> {
  return sourceOf(await startMysql({ version: "9", settings }), "mysqldump", hasLarge);
}

/** @param hasLarge whether there is the large database too */
export async function startMariadbSource(hasLarge: boolean): Promise<SourceServer> {
  return sourceOf(await startMariadb({ version: "11.8", settings }), "mariadb-dump", hasLarge);
}

async function sourceOf(server: MysqlServer, dumpTool: string, hasLarge: boolean): Promise<SourceServer> {
  const file = join(await mysqlClients(), "mysql");
  const connection = [`--host=${server.host}`, `--port=${server.port}`, `--user=${server.superuser}`];
  const args = ["--no-defaults", ...connection, "--get-server-public-key", "--default-character-set=utf8mb4"];
  const sql = (input: string) =>
    run(file, [...args, "--batch", "--skip-column-names"], { input, env: { MYSQL_PWD: server.password } });
  const path = [await mysqlClients(), await mariadbClients(), process.env["PATH"] ?? ""].join(":");

  await sql(fill(database, 14) + (hasLarge ? fill(largeDatabase, 16) : ""));
  await sql(`
    CREATE USER ${backup.name} IDENTIFIED BY ${literal(backup.password)};
    GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON *.* TO ${backup.name};
    CREATE USER ${stranger.name} IDENTIFIED BY ${literal(stranger.password)};
    GRANT SELECT ON ${database}.* TO ${stranger.name};`);

  const midway = async () => {
    const reading =
      "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT%`bulk`%' AND ID <> CONNECTION_ID();";
    await until("the dump tool to read the large table", 60_000, async () => (await sql(reading)).trim() === "1");
  };
  return {
    host: server.host,
    port: server.port,
    envAt: ({ host, port }) => ({
      PATH: path,
      KSNAPSHOT_ENGINE: server.product,
      MYSQL_HOST: host,
      MYSQL_PORT: String(port),
      MYSQL_USERNAME: backup.name,
      MYSQL_PASSWORD: backup.password,
      MYSQL_DATABASE: database,
    }),
    dumpTool,
    secrets: [backup.password, stranger.password],
    stranger,
    midway,
    addTable: async () => {
      await sql(`CREATE TABLE ${database}.doomed (id INT);`);
    },
    dropTableMidway: async () => {
      await midway();
      await sql(`DROP TABLE ${database}.doomed;`); // tables are read in the order of their names
    },
    crash: () => {
      process.kill(server.pid, "SIGKILL");
    },
    stop: () => server.stop(),
  };
}

/** A database with one table of 2^doublings rows of 1 KiB that hardly compress. */
function fill(name: string, doublings: number): string {
  const noise =
    "CONCAT(SHA2(UUID(), 512), SHA2(RAND(), 512), SHA2(RAND(), 512), SHA2(RAND(), 512), SHA2(RAND(), 512), SHA2(RAND(), 512), SHA2(RAND(), 512), SHA2(RAND(), 512))";
  return `
    CREATE DATABASE ${name};
    CREATE TABLE ${name}.bulk (id INT AUTO_INCREMENT PRIMARY KEY, noise VARCHAR(1024) CHARACTER SET latin1 NOT NULL);
    INSERT INTO ${name}.bulk (noise) VALUES ('first');
    ${`INSERT INTO ${name}.bulk (noise) SELECT ${noise} FROM ${name}.bulk;\n`.repeat(doublings)}`;
}

function literal(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}
