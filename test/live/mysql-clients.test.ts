import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../../contract/dump-request.ts";
import { startMariadb } from "../bed/mariadb.ts";
import { mariadbClients, mysqlClients } from "../bed/mysql-clients.ts";
import { type MysqlServer, startMysql } from "../bed/mysql.ts";
import { startToxiproxy } from "../bed/toxiproxy.ts";
import { type Ended, runCli, runDumper } from "./dumper-process.ts";
import { accountEnv, clientPath, contentIn, everything, fillShop, sql, targetOf } from "./mysql-server.ts";

describe.each([
  { title: "MySQL's clients", start: () => startMysql({ version: "9" }) },
  { title: "MariaDB's clients", start: () => startMariadb({ version: "11.8" }) },
])("$title", ({ start }) => {
  let server: MysqlServer;

  beforeAll(async () => {
    server = await start();
    await fillShop(server);
  }, 600_000);

  afterAll(() => server.stop());

  test.each([
    { name: "empty", password: "" },
    { name: "with blanks at its ends", password: "  two  " },
    { name: "with quotes of both kinds", password: `it's "quoted"` },
    { name: "quoted", password: `"all of it"` },
    { name: "with a dollar and a shell's words", password: "$HOME $(id) `id` ${x}" },
    { name: "with a number sign and a semicolon", password: "#no comment; [client]" },
    { name: "with backslashes", password: String.raw`\n\\s\ ` },
    { name: "with letters outside of ASCII", password: "pässwörd ☃ 😀" },
    { name: "that looks like an option", password: "--help=x" },
  ])(
    "takes a password $name",
    async ({ password }) => {
      const { env, storage } = await accountEnv(server, everything, { password });

      const ended = await runDumper(env);

      expect(ended).toMatchObject({ exitCode: 0 });
      expect(await contentIn(storage)).toContain("INSERT INTO `orders` VALUES");
    },
    60_000,
  );

  test("reach the server at a port of localhost, there and back, and not what has a socket on this machine", async () => {
    const { env, storage } = await accountEnv(server, everything);

    const dumped = await runDumper({ ...env, MYSQL_HOST: "localhost" });
    const key = (await storage.objects()).find((one) => one.endsWith(".sql")) ?? "";
    const to = targetOf({ ...server, host: "localhost" }, "by_name");
    const back = await runCli(["restore", key, "--to", to], { ...env, MYSQL_PWD: server.password });

    expect(dumped).toMatchObject({ exitCode: 0 });
    expect(back).toMatchObject({ exitCode: 0 });
    expect(await sql(server, "by_name", "SELECT COUNT(*) FROM orders; DROP DATABASE by_name")).toBe("2");
  }, 60_000);

  test("that refuses the password fails the run, and shows it to nobody", async () => {
    const { env, storage } = await accountEnv(server, everything);

    const ended = await runDumper({ ...env, MYSQL_PASSWORD: "not it at all" });

    expect(ended).toMatchObject({ exitCode: 3 });
    expect(ended.terminationMessage).toMatch(/Access denied.*; correct the user or password/);
    expect(ended.stdout + ended.stderr + ended.terminationMessage).not.toContain("not it at all");
    expect(await storage.objects()).toEqual([]);
  }, 60_000);

  test("leaves no file with the password behind, however the run ends", async () => {
    const temporary = await mkdtemp(join(tmpdir(), "ksnapshot-temporary-"));
    const { env } = await accountEnv(server, everything);

    await runDumper({ ...env, TMPDIR: temporary });
    await runDumper({ ...env, TMPDIR: temporary, MYSQL_PASSWORD: "wrong" });
    await runDumper({ ...env, TMPDIR: temporary, BACKEND_PATH: "/dev/null/not-a-folder" });

    expect(await readdir(temporary)).toEqual([]);
  }, 60_000);

  test("has databases and tables of any name: none leads to an option or another file", async () => {
    const names = ["--help", "../../x", "$(id)", "it's a `name`", 'say "hi"', "a.b", "-uroot", "☃"];
    for (const name of names) {
      const quoted = `\`${name.replaceAll("`", "``")}\``;
      await sql(
        server,
        null,
        `CREATE DATABASE ${quoted}; USE ${quoted}; CREATE TABLE ${quoted} (i INT); INSERT INTO ${quoted} VALUES (5);`,
      );
      const { env, storage } = await accountEnv(server, everything, { database: name });

      const ended = await runDumper(env);
      const manifest = (await storage.objects()).find((key) => key.endsWith(".manifest.json")) ?? "";
      await sql(server, null, `DROP DATABASE ${quoted}`);
      const back = await runCli(["restore", manifest, "--to", targetOf(server, name)], {
        ...env,
        MYSQL_PWD: server.password,
      });

      expect(ended).toMatchObject({ exitCode: 0 });
      expect(back).toMatchObject({ exitCode: 0 });
      expect(await sql(server, name, `SELECT i FROM ${quoted}; DROP DATABASE ${quoted}`)).toBe("5");
    }
  }, 240_000);

  test.each([
    {
      kind: "column",
      create: "CREATE TABLE t (`☃` INT); INSERT INTO t VALUES (5)",
      told: "CREATE TABLE `t` (\n  `☃` int",
    },
    { kind: "procedure", create: "CREATE PROCEDURE `☃`() SELECT 5", told: "PROCEDURE `☃`()" },
    {
      kind: "trigger",
      create: "CREATE TRIGGER `☃` BEFORE INSERT ON a FOR EACH ROW SET @x = 5",
      told: "TRIGGER `☃` BEFORE",
    },
    { kind: "event", create: "CREATE EVENT `☃` ON SCHEDULE EVERY 1 DAY DO SET @x = 5", told: "EVENT `☃` ON SCHEDULE" },
    {
      kind: "partition's value",
      create:
        "CREATE TABLE t (a VARCHAR(9) NOT NULL) CHARACTER SET utf8mb4 PARTITION BY LIST COLUMNS (a) (PARTITION p VALUES IN ('☃'))",
      told: "PARTITION BY LIST  COLUMNS",
    },
  ])(
    "has a $kind that alone is not ASCII",
    async ({ create, told }) => {
      await sql(
        server,
        null,
        `DROP DATABASE IF EXISTS one; CREATE DATABASE one; USE one; CREATE TABLE a (i INT); ${create};`,
      );
      const { env, storage } = await accountEnv(server, everything, { database: "one" });

      const ended = await runDumper(env);

      expect(ended).toMatchObject({ exitCode: 0 });
      const dump = await contentIn(storage);
      expect(dump).toContain(told);
      expect(dump).toContain("☃");
    },
    60_000,
  );

  test("has databases whose names differ by case alone, with a name in each that is not ASCII", async () => {
    const create = (name: string) => `CREATE DATABASE \`${name}\`; CREATE PROCEDURE \`${name}\`.\`☃\`() SELECT 5;`;
    await sql(server, null, create("Case") + create("cASE"));
    const { env } = await accountEnv(server, everything, { database: null });

    const ended = await runDumper(env);
    await sql(server, null, "DROP DATABASE `Case`; DROP DATABASE `cASE`");

    expect(ended).toMatchObject({ exitCode: 0 });
  }, 60_000);

  test("loses its connection while the views are looked at: the run fails, and no grant is said to be missing", async () => {
    const columns = Array.from({ length: 50 }, (_, index) => `${index} AS c${index}`).join(", ");
    const views = Array.from({ length: 200 }, (_, index) => `CREATE VIEW many.v${index} AS SELECT ${columns};`);
    await sql(server, null, `CREATE DATABASE many; ${views.join("\n")}`);
    const { env, storage } = await accountEnv(server, everything, { database: "many" });
    const toxiproxy = await startToxiproxy();
    try {
      const proxy = await toxiproxy.proxyTo(server.host, server.port);
      // Less than what the server says of the views' columns, and more than any answer before that.
      await proxy.addToxic({ type: "limit_data", attributes: { bytes: 200_000 } });

      const ended = await runDumper({ ...env, MYSQL_HOST: proxy.host, MYSQL_PORT: String(proxy.port) });

      expect(ended).toMatchObject({ exitCode: 3 });
      expect(ended.terminationMessage).toContain("the connection ended while the server was asked; try again");
      expect(await storage.objects()).toEqual([]);
    } finally {
      await toxiproxy.stop();
      await sql(server, null, "DROP DATABASE many");
    }
  }, 60_000);

  test("takes nothing but SQL from a dump that somebody changed, and says that what is there is to be discarded", async () => {
    const { env, storage } = await accountEnv(server, everything);
    await runDumper(env);
    const object = (await storage.objects()).find((key) => key.endsWith(".sql")) ?? "";
    const file = join(env["BACKEND_PATH"] ?? "", object);
    const dump = await readFile(file, "utf8");

    for (const command of [
      "\\! touch %",
      "system touch %",
      "\\. /etc/hostname",
      "source /etc/hostname",
      "tee %",
      "\\T %",
      "pager touch %",
    ]) {
      const mark = join(await mkdtemp(join(tmpdir(), "ksnapshot-mark-")), "mark");
      // Of the same length, so that the failure comes from the client and not from the count of bytes.
      const line = `\n${command.replace("%", mark)}\n`;
      await writeFile(file, `${line}${dump.slice(line.length)}`);
      await sql(server, null, "DROP DATABASE IF EXISTS back");
      const back = await runCli(["restore", object, "--to", targetOf(server, "back")], {
        ...env,
        MYSQL_PWD: server.password,
      });

      expect(back).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining("discard it by DROP DATABASE `back`"),
      });
      expect(existsSync(mark)).toBe(false);
    }
  }, 120_000);
});

test("MySQL's clients dump a library whose name alone is not ASCII", async () => {
  const server = await startMysql({ version: "9" });
  try {
    await sql(
      server,
      null,
      "CREATE DATABASE one; USE one; CREATE LIBRARY `☃` LANGUAGE JAVASCRIPT AS 'export function f() {}';",
    );
    const { env, storage } = await accountEnv(server, everything, { database: "one" });

    const ended = await runDumper(env);

    expect(ended).toMatchObject({ exitCode: 0 });
    expect(await contentIn(storage)).toContain("LIBRARY `☃`");
  } finally {
    await server.stop();
  }
}, 120_000);

describe("TLS and tools", () => {
  let mysql: MysqlServer;
  let older: MysqlServer;
  let mariadb: MysqlServer;
  let plain: MysqlServer;

  beforeAll(async () => {
    [mysql, older, mariadb, plain] = await Promise.all([
      startMysql({ version: "9" }),
      startMysql({ version: "8.0" }),
      startMariadb({ version: "11.8" }),
      startMysql({ version: "5.7" }),
    ]);
    for (const server of [mysql, older, mariadb, plain]) {
      await sql(server, null, "CREATE DATABASE shop; CREATE TABLE shop.t (i INT); INSERT INTO shop.t VALUES (1)");
    }
  }, 600_000);

  afterAll(async () => {
    await Promise.all([mysql, older, mariadb, plain].map((server) => server.stop()));
  });

  /** Each time an account that the server has not yet seen: it remembers `caching_sha2_password` once it was right. */
  async function checkOf(server: MysqlServer, env: Environment): Promise<Ended> {
    const { env: common } = await accountEnv(server, everything);
    return runCli(["dump", "--check"], { ...common, ...env });
  }

  test.each(["disabled", "preferred", "required", "verify_ca", "verify_identity"])(
    "the servers that have TLS are reached with MYSQL_SSL_MODE %s",
    async (mode) => {
      for (const server of [mysql, older, mariadb]) {
        const ended = await checkOf(server, { MYSQL_SSL_MODE: mode, MYSQL_CA_FILE: server.caFile });

        expect(ended).toMatchObject({ exitCode: 0, stderr: "" });
      }
    },
    60_000,
  );

  test("a certificate of an unknown authority is refused where it is to be verified", async () => {
    for (const server of [mysql, older, mariadb]) {
      const ended = await checkOf(server, { MYSQL_SSL_MODE: "verify_identity", MYSQL_CA_FILE: otherThan(server) });

      expect(ended).toMatchObject({
        exitCode: 3,
        stderr: expect.stringMatching(/certificate.*; check MYSQL_SSL_MODE/i),
      });
    }
  }, 60_000);

  test("a server without TLS is refused where it is required, by the tools of both products", async () => {
    const tools = [await mysqlClients(), await mariadbClients()];
    for (const path of tools) {
      const ended = await checkOf(plain, { MYSQL_SSL_MODE: "required", PATH: path, KSNAPSHOT_ENGINE: "mysql" });

      expect(ended).toMatchObject({ exitCode: 3, stderr: expect.stringMatching(/SSL|not encrypted|MariaDB's/) });
    }
  }, 60_000);

  test("a MySQL server is not dumped by MariaDB's tool, and the image that can is named", async () => {
    const ended = await checkOf(mysql, { PATH: await mariadbClients() });

    expect(ended).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining("use the image ksnapshot/dumper-mysql"),
    });
  }, 60_000);

  test("a MariaDB server is dumped by MySQL's tool where MariaDB's is missing, unless it has sequences", async () => {
    const path = `${await mysqlClients()}:/usr/bin:/bin`;
    const without = await checkOf(mariadb, { PATH: path });
    await sql(mariadb, "shop", "CREATE SEQUENCE numbers");
    const refused = await checkOf(mariadb, { PATH: path });
    await sql(mariadb, "shop", "DROP SEQUENCE numbers");

    expect(without).toMatchObject({ exitCode: 0 });
    expect(refused).toMatchObject({ exitCode: 3, stderr: expect.stringContaining("ksnapshot/dumper-mariadb") });
  }, 60_000);

  test("a machine without any tool is told what to install", async () => {
    const ended = await checkOf(mysql, { PATH: "/nowhere" });

    expect(ended).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining("mysqldump and mysql are not installed"),
    });
  }, 60_000);

  test("both products' engines may be mixed up: the server tells which it is", async () => {
    const path = await clientPath();
    const one = await checkOf(mysql, { KSNAPSHOT_ENGINE: "mariadb", PATH: path });
    const other = await checkOf(mariadb, { KSNAPSHOT_ENGINE: "mysql", PATH: path });

    expect(one).toMatchObject({ exitCode: 0 });
    expect(other).toMatchObject({ exitCode: 0 });
  }, 60_000);

  function otherThan(server: MysqlServer): string {
    return (server === mysql ? mariadb : mysql).caFile ?? "";
  }
});
