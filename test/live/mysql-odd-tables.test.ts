import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startMariadb } from "../bed/mariadb.ts";
import { type MysqlServer, startMysql } from "../bed/mysql.ts";
import { until } from "../bed/wait.ts";
import { runCli, runDumper } from "./dumper-process.ts";
import { accountEnv, everything, manifestIn, sql } from "./mysql-server.ts";
import { lockTable, sessionsWith } from "./mysql-session.ts";

let mysql: MysqlServer;
let mariadb: MysqlServer;

beforeAll(async () => {
  mysql = await startMysql({ version: "9", settings: { federated: "ON" } });
  mariadb = await startMariadb({ version: "11.8" });
}, 600_000);

afterAll(() => Promise.all([mysql.stop(), mariadb.stop()]));

describe.each([
  { title: "MySQL", server: () => mysql },
  { title: "MariaDB", server: () => mariadb },
])("$title", ({ server: ofTitle }) => {
  test("fails a run in which a table took the name of another, as gh-ost ends, and stores nothing", async () => {
    const server = ofTitle();
    await sql(
      server,
      null,
      `CREATE DATABASE swap; USE swap; CREATE TABLE a (i INT); SET timestamp = UNIX_TIMESTAMP() - 3600;
       CREATE TABLE orders (i INT PRIMARY KEY); INSERT INTO orders VALUES (1), (2); CREATE TABLE z (i INT);
       SET timestamp = DEFAULT; CREATE TABLE _orders_gho LIKE orders;`,
    );
    const { env, storage } = await accountEnv(server, everything, { database: "swap" });
    const unlock = await lockTable(server, "swap.a");

    const ended = await runDumper(env, {
      during: async () => {
        await until(
          "the dump to wait",
          60_000,
          async () => (await sessionsWith(server, "%metadata lock SELECT%`a`%")) > 0,
        );
        // What the transaction of the dump does not see.
        await sql(
          server,
          "swap",
          "INSERT INTO _orders_gho SELECT * FROM orders; RENAME TABLE orders TO _orders_del, _orders_gho TO orders;",
        );
        await unlock();
      },
    });

    expect(ended).toMatchObject({
      exitCode: 3,
      terminationMessage: expect.stringContaining("may lack rows of it: `swap`.`orders`;"),
    });
    expect(await storage.objects()).toEqual([]);
  }, 120_000);

  test("names a table whose rows are those of others", async () => {
    const server = ofTitle();
    await sql(
      server,
      null,
      "CREATE DATABASE parts; USE parts; CREATE TABLE one (i INT) ENGINE = MyISAM; CREATE TABLE `both` (i INT) ENGINE = MERGE UNION = (one)", // prettier-ignore
    );
    const { env, storage } = await accountEnv(server, everything, { database: "parts" });

    await runDumper(env);

    const { notes } = await manifestIn(storage);
    expect(notes).toContainEqual(expect.stringMatching(/The rows of `parts`.`both` \(MRG_MyISAM\) are those of/i));
  }, 60_000);
});

test("MySQL's FEDERATED tables, whose rows the tool leaves out, are named by the check and in the manifest", async () => {
  await sql(
    mysql,
    null,
    `CREATE DATABASE far; USE far; CREATE TABLE near (i INT); INSERT INTO near VALUES (1);
     CREATE TABLE away (i INT) ENGINE = FEDERATED CONNECTION = 'mysql://admin:${mysql.password}@127.0.0.1:${mysql.port}/far/near';`,
  );
  const { env, storage } = await accountEnv(mysql, everything, { database: "far" });

  const checked = await runCli(["dump", "--check"], env);
  const ended = await runDumper(env);

  const skipped = "the rows of `far`.`away` (FEDERATED): mysqldump leaves out what an engine has elsewhere";
  expect(checked.stdout).toContain(skipped);
  expect(ended).toMatchObject({ exitCode: 0 });
  expect((await manifestIn(storage)).skipped).toEqual([skipped]);
}, 60_000);
