import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Environment } from "../../contract/dump-request.ts";
import { run } from "../bed/command.ts";
import { mariadbClients, mysqlClients } from "../bed/mysql-clients.ts";
import type { MysqlServer } from "../bed/mysql.ts";
import { directoryStorage, type TestStorage } from "./storages.ts";

/** Signs in to dump; no superuser. */
export const backup = { name: `back 'up"`, password: ` it's "a" $(pass) #word\\ é☃ ` } as const;
export const backupAccount = `'back ''up"'@'%'`;

/** Who owns what programs the data has. */
export const definer = "'shop owner'@'localhost'";

/** A PATH on which the tools of both products are found. */
export async function clientPath(): Promise<string> {
  return [await mysqlClients(), await mariadbClients(), process.env["PATH"] ?? ""].join(":");
}

/** Servers before MySQL 8 do not know the collation that the client signs in with, and take the text for latin1. */
const setNames = "SET NAMES utf8mb4;\n";

/** Runs SQL as the superuser and gives what the client prints: a line for each row, escaped. */
export async function sql(server: MysqlServer, database: string | null, script: string): Promise<string> {
  const args = [
    ...["--no-defaults", `--host=${server.host}`, `--port=${server.port}`, `--user=${server.superuser}`],
    ...["--get-server-public-key", "--default-character-set=utf8mb4", "--max-allowed-packet=1G"],
    ...["--batch", "--skip-column-names", ...(database === null ? [] : [`--database=${database}`])],
  ];
  const file = join(await mysqlClients(), "mysql");
  return (await run(file, args, { input: `${setNames}${script}`, env: { MYSQL_PWD: server.password } })).trimEnd();
}

export async function rows(server: MysqlServer, database: string | null, script: string): Promise<string[][]> {
  const output = await sql(server, database, script);
  return output === "" ? [] : output.split("\n").map((line) => line.split("\t"));
}

/** Makes the account that dumps, with nothing granted. */
export async function createAccount(server: MysqlServer, account: string, password: string): Promise<void> {
  const text = password.replaceAll("\\", "\\\\").replaceAll("'", "''");
  await sql(server, null, `CREATE USER ${account} IDENTIFIED BY '${text}';`);
}

/** The environment of a fresh account that dumps uncompressed. `%account` in the grants is its name. */
export async function accountEnv(
  server: MysqlServer,
  grants: string,
  {
    password = "secret word",
    database = "shop",
  }: { readonly password?: string; readonly database?: string | null } = {},
): Promise<{ readonly env: Environment; readonly storage: TestStorage; readonly account: string }> {
  const name = `user ${randomBytes(4).toString("hex")}`;
  const account = `'${name}'@'%'`;
  await createAccount(server, account, password);
  if (grants !== "") await sql(server, null, grants.replaceAll("%account", account));
  const storage = await directoryStorage();
  const env = { ...(await mysqlEnv(server, database)), ...storage.env, COMPRESSION: "none" };
  return { account, storage, env: { ...env, MYSQL_USERNAME: name, MYSQL_PASSWORD: password } };
}

/** The dumper's variables for a server. */
export async function mysqlEnv(server: MysqlServer, database: string | null): Promise<Environment> {
  return {
    PATH: await clientPath(),
    KSNAPSHOT_ENGINE: server.product,
    MYSQL_HOST: server.host,
    MYSQL_PORT: String(server.port),
    MYSQL_USERNAME: backup.name,
    MYSQL_PASSWORD: backup.password,
    MYSQL_DATABASE: database ?? "",
  };
}

/** Where to restore as the superuser. */
export function targetOf(server: MysqlServer, database = ""): string {
  return `${server.product}://${server.superuser}@${server.host}:${server.port}/${encodeURIComponent(database)}`;
}

/** Everything that tells two databases apart: each table's rows and content, and every object's definition. */
export async function contentOf(server: MysqlServer, database: string): Promise<readonly string[]> {
  const objects = await objectsOf(server, database);
  const tables = objects.filter(({ kind }) => kind === "TABLE");
  const columns = await rows(
    server,
    null,
    `SELECT TABLE_NAME, IF(DATA_TYPE = 'vector', 'HEX', 'CONCAT'), COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = '${database}' ORDER BY TABLE_NAME, ORDINAL_POSITION`,
  );
  const versioned = await rows(
    server,
    null,
    `SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = '${database}' AND TABLE_TYPE = 'SYSTEM VERSIONED'`,
  );
  const checksums = tables.map(({ name }) => {
    const values = columns.flatMap(([table, asText = "", column = ""]) =>
      table === name ? [`COALESCE(SHA2(${asText}(${quoted(column)}), 256), 'null')`] : [],
    );
    // With the rows that were before, where MariaDB keeps them.
    const all = versioned.some(([table]) => table === name) ? " FOR SYSTEM_TIME ALL" : "";
    return `SELECT ${text(name)}, COUNT(*), SUM(CONV(LEFT(SHA2(CONCAT(${values.join(", ")}), 256), 12), 16, 10)) FROM ${quoted(name)}${all};`;
  });
  const sequences = objects.filter(({ kind }) => kind === "SEQUENCE");
  const positions = sequences.map(({ name }) => `SELECT next_not_cached_value FROM ${quoted(name)};`);
  const definitions = objects.map(({ kind, name }) => `SHOW CREATE ${kind} ${quoted(name)};`);
  // Without the database's own name, where a server writes it, and without the time at which a trigger was made.
  const shown = await sql(server, database, [...checksums, ...positions, ...definitions].join("\n"));
  return shown
    .replaceAll(`\`${database}\`.`, "")
    .replaceAll(/ CHARACTER SET \w+(?= COLLATE)/g, "") // MySQL 8 writes it in a statement that has it, though it is the table's own
    .split("\n")
    .map((line) => line.replace(/\t\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d\d$/, ""));
}

interface SchemaObject {
  readonly kind: string;
  readonly name: string;
}

async function objectsOf(server: MysqlServer, database: string): Promise<readonly SchemaObject[]> {
  const found = await rows(
    server,
    null,
    [
      `SELECT CASE TABLE_TYPE WHEN 'VIEW' THEN 'VIEW' WHEN 'SEQUENCE' THEN 'SEQUENCE' ELSE 'TABLE' END, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = '${database}' ORDER BY TABLE_NAME;`,
      `SELECT ROUTINE_TYPE, ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = '${database}' ORDER BY ROUTINE_NAME;`,
      `SELECT 'TRIGGER', TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = '${database}' ORDER BY TRIGGER_NAME;`,
      `SELECT 'EVENT', EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = '${database}' ORDER BY EVENT_NAME;`,
    ].join("\n"),
  );
  return found.map(([kind = "", name = ""]) => ({ kind, name }));
}

function quoted(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** What docs/engines/mysql.md says that an account needs to dump a database. */
export function documentedGrants({ product, version }: MysqlServer, database: string, account: string): string {
  const routines =
    version === "9"
      ? "SHOW_ROUTINE ON *.*"
      : version === "8.0" // 8.0.12, which has no SHOW_ROUTINE yet
        ? "SELECT ON *.*"
        : "SELECT ON mysql.proc";
  const name = database.replaceAll("`", "``").replaceAll("_", String.raw`\_`);
  return [
    `GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON \`${name}\`.* TO ${account};`,
    `GRANT ${product === "mariadb" ? "SELECT ON mysql.proc" : routines} TO ${account};`,
  ].join("\n");
}

export const everything = "GRANT ALL ON *.* TO %account";

/** Makes the database `shop`, with one object of each kind. */
export async function fillShop(server: MysqlServer): Promise<void> {
  await sql(server, null, "CREATE DATABASE shop");
  await sql(
    server,
    "shop",
    `CREATE TABLE orders (id INT PRIMARY KEY, note TEXT);
     INSERT INTO orders VALUES (1, 'first'), (2, 'second');
     CREATE VIEW recent AS SELECT id FROM orders;
     CREATE FUNCTION answer() RETURNS INT DETERMINISTIC RETURN 42;
     CREATE TRIGGER clean BEFORE INSERT ON orders FOR EACH ROW SET NEW.note = TRIM(NEW.note);
     CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO DELETE FROM orders WHERE id < 0;`,
  );
}

/** What an uncompressed run stored. */
export async function contentIn(storage: TestStorage): Promise<string> {
  const object = (await storage.objects()).find((key) => key.endsWith(".sql")) ?? "";
  return readFile(join(storage.env["BACKEND_PATH"] ?? "", object), "utf8");
}

/** The manifest of a run. */
export async function manifestIn(
  storage: TestStorage,
): Promise<{ readonly skipped: string[]; readonly notes: string[] }> {
  const key = (await storage.objects()).find((one) => one.endsWith(".manifest.json")) ?? "";
  const text = await readFile(join(storage.env["BACKEND_PATH"] ?? "", key), "utf8");
  return JSON.parse(text) as { skipped: string[]; notes: string[] };
}
