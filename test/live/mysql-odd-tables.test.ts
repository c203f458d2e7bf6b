import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { startMariadb } from "../bed/mariadb.ts";
import { type MysqlServer, startMysql } from "../bed/mysql.ts";
import { until } from "../bed/wait.ts";
import { type Ended, runCli, runDumper } from "./dumper-process.ts";
import { accountEnv, clientPath, everything, manifestIn, sql, targetOf } from "./mysql-server.ts";
import { lockTable, sessionsWith } from "./mysql-session.ts";
import type { TestStorage } from "./storages.ts";

let mysql: MysqlServer;
let mariadb: MysqlServer;
let older: MysqlServer;

beforeAll(async () => {
  [mysql, mariadb, older] = await Promise.all([
    startMysql({ version: "9", settings: { federated: "ON", "gtid-mode": "ON", "enforce-gtid-consistency": "ON" } }),
    startMariadb({ version: "11.8" }),
    startMariadb({ version: "10.11", settings: { "lower-case-table-names": "1" } }),
  ]);
}, 600_000);

afterEach(async () => {
  for (const server of [mysql, mariadb, older]) {
    const own = "'mysql', 'sys', 'information_schema', 'performance_schema'";
    const found = await sql(
      server,
      null,
      `SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN (${own})`,
    );
    for (const name of found.split("\n").filter((one) => one !== ""))
      await sql(server, null, `DROP DATABASE \`${name}\``);
  }
});

afterAll(() => Promise.all([mysql.stop(), mariadb.stop(), older.stop()]));

/** Restores what a run stored, as the superuser. */
async function restore(storage: TestStorage, server: MysqlServer, into = "", ...options: string[]): Promise<Ended> {
  const key = (await storage.objects()).find((one) => one.endsWith(".manifest.json")) ?? "";
  const env = { ...storage.env, PATH: await clientPath(), MYSQL_PWD: server.password };
  return runCli(["restore", key, "--to", targetOf(server, into), ...options], env);
}

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

  test.each([
    ["EXCHANGE PARTITION p0 WITH TABLE x", "INSERT INTO x VALUES (7), (8);"],
    ["TRUNCATE PARTITION p0", ""],
  ])(
    "fails a run in which a partition was changed by %s, and stores nothing",
    async (change, first) => {
      const server = ofTitle();
      await sql(
        server,
        null,
        `CREATE DATABASE \`p-q\`; USE \`p-q\`; CREATE TABLE a (i INT); CREATE TABLE x (i INT PRIMARY KEY); SET timestamp = UNIX_TIMESTAMP() - 3600;
       CREATE TABLE orders (i INT PRIMARY KEY) PARTITION BY RANGE (i) (PARTITION p0 VALUES LESS THAN (100), PARTITION p1 VALUES LESS THAN (1000));
       INSERT INTO orders VALUES (1), (2), (3), (500);`,
      );
      const { env, storage } = await accountEnv(server, everything, { database: "p-q" });
      const unlock = await lockTable(server, "`p-q`.a");

      const ended = await runDumper(env, {
        during: async () => {
          await until(
            "the dump to wait",
            60_000,
            async () => (await sessionsWith(server, "%metadata lock SELECT%`a`%")) > 0,
          );
          await sql(server, "p-q", `${first} ALTER TABLE orders ${change};`);
          await unlock();
        },
      });

      expect(ended).toMatchObject({ exitCode: 3 });
      expect(ended.terminationMessage).toMatch(
        /may lack rows of it: .*`p-q`.`orders`|definition has changed.*`orders`/i,
      );
      expect(await storage.objects()).toEqual([]);
    },
    120_000,
  );

  test("tells of partitions whose exchange would go unnoticed, until the account may know of it", async () => {
    const server = ofTitle();
    await sql(
      server,
      null,
      "CREATE DATABASE shop; CREATE TABLE shop.orders (i INT PRIMARY KEY) PARTITION BY HASH (i) PARTITIONS 2",
    );
    const { env, account } = await accountEnv(
      server,
      "GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON shop.* TO %account; GRANT SELECT ON *.* TO %account",
    );

    const told = await runCli(["dump", "--check"], env);
    await sql(server, null, `GRANT PROCESS ON *.* TO ${account}`);
    const silent = await runCli(["dump", "--check"], env);

    const note = "exchanged for a table during a dump goes unnoticed";
    expect(told).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(note) });
    expect(told.stdout).toContain(`GRANT PROCESS ON *.* TO ${account}`);
    expect(silent).toMatchObject({ exitCode: 0, stdout: expect.not.stringContaining(note) });
  }, 60_000);

  test("gives back routines, triggers and events whose text ends in a comment or has the delimiter in it", async () => {
    const server = ofTitle();
    await sql(
      server,
      null,
      `CREATE DATABASE ends; USE ends; CREATE TABLE a (i INT); CREATE TABLE b (i INT); INSERT INTO b VALUES (5);
DELIMITER //
CREATE TRIGGER ta BEFORE INSERT ON a FOR EACH ROW SET NEW.i = NEW.i + 1 -- same
//
CREATE TRIGGER tb BEFORE INSERT ON b FOR EACH ROW BEGIN SET @x = ';;'; /* ;; */ SET NEW.i = NEW.i; -- ;;
END
//
CREATE PROCEDURE p1() SELECT 'p1' -- it's */
//
CREATE PROCEDURE p2() SELECT 'p2' -- x
//
CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN 7 # y
//
CREATE EVENT e ON SCHEDULE EVERY 1 DAY DISABLE DO SELECT 1 -- z
//
DELIMITER ;
CREATE VIEW v AS SELECT f() AS i;`,
    );
    const { env, storage } = await accountEnv(server, everything, { database: "ends" });
    const texts = (database: string) =>
      sql(
        server,
        null,
        `SELECT TRIGGER_NAME, ACTION_STATEMENT FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = '${database}' UNION ALL
         SELECT ROUTINE_NAME, ROUTINE_DEFINITION FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = '${database}' UNION ALL
         SELECT EVENT_NAME, EVENT_DEFINITION FROM information_schema.EVENTS WHERE EVENT_SCHEMA = '${database}' ORDER BY 1`,
      );

    const dumped = await runDumper(env);
    const back = await restore(storage, server, "back");

    expect(dumped).toMatchObject({ exitCode: 0 });
    expect(back).toMatchObject({ exitCode: 0, stderr: "" });
    expect((await texts("back")).split("\n")).toHaveLength(6);
    expect(await texts("back")).toBe(await texts("ends"));
    expect(
      await sql(
        server,
        "back",
        "INSERT INTO a VALUES (1); SELECT i FROM a; SELECT i FROM b; CALL p1(); SELECT i FROM v",
      ),
    ).toBe("2\n5\np1\n7");
  }, 60_000);

  test("has views in two databases that need each other, and gives all of them back", async () => {
    const server = ofTitle();
    await sql(
      server,
      null,
      `CREATE DATABASE a; CREATE DATABASE b; CREATE TABLE b.t (i INT); INSERT INTO b.t VALUES (5);
       CREATE VIEW a.one AS SELECT i FROM b.t; CREATE VIEW b.two AS SELECT i + 1 AS i FROM a.one; CREATE VIEW a.a_three AS SELECT i + 1 AS i FROM b.two;
       CREATE PROCEDURE a.p() COMMENT 'Final' SELECT 1;
       CREATE TABLE a.t (\`x\n-- Final view structure for view \`\`b\` INT, y INT); INSERT INTO a.t VALUES (3, 4); CREATE TABLE a.u (i INT);`,
    );
    const { env, storage } = await accountEnv(server, everything, { database: null });

    await runDumper(env);
    await sql(server, null, "DROP DATABASE a; DROP DATABASE b;");
    const back = await restore(storage, server);

    expect(back).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await sql(server, null, "SELECT i FROM a.a_three; SELECT COUNT(*) FROM a.one; SELECT * FROM a.t")).toBe(
      "7\n1\n3\t4",
    );
    const routines = "SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = 'a'";
    expect(await sql(server, null, routines)).toBe("p");
  }, 60_000);

  test("goes on past what cannot be restored when told to, and lists it", async () => {
    const server = ofTitle();
    await sql(
      server,
      null,
      `CREATE DATABASE gone; CREATE TABLE gone.t (i INT); CREATE DATABASE solo; USE solo; CREATE TABLE kept (i INT); INSERT INTO kept VALUES (3);
       CREATE VIEW broken AS SELECT i FROM gone.t; CREATE VIEW usable AS SELECT i FROM kept;`,
    );
    const { env, storage } = await accountEnv(server, everything, { database: "solo" });

    await runDumper(env);
    await sql(server, null, "DROP DATABASE gone; DROP DATABASE solo");
    const ended = await restore(storage, server, "first");
    const wentOn = await restore(storage, server, "second", "--keep-going");

    expect(ended).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/'gone.*--keep-going/s) });
    expect(wentOn).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/failed and passed over: "second": ERROR .*'gone.*'.*\n$/),
    });
    expect(await sql(server, "second", "SELECT i FROM usable; SHOW TABLES;")).toBe("3\nkept\nusable");
  }, 60_000);

  test("takes back what it took under laxer settings", async () => {
    const server = ofTitle();
    const columns = Array.from({ length: 34 }, (_, index) => `c${index} CHAR(255)`).join(", ");
    const lax =
      server.product === "mysql"
        ? `SET restrict_fk_on_non_standard_key = 0; CREATE TABLE parent (i INT, j INT, KEY (i));
           CREATE TABLE lax (i INT, FOREIGN KEY (i) REFERENCES parent (i)); INSERT INTO parent VALUES (-1, 1), (-1, 2); INSERT INTO lax VALUES (-1);`
        : `SET check_constraint_checks = 0; CREATE TABLE lax (i INT CHECK (i > 0)); INSERT INTO lax VALUES (-1);`;
    await sql(
      server,
      null,
      `CREATE DATABASE laxer; USE laxer; ${lax} SET innodb_strict_mode = 0;
       CREATE TABLE wide (${columns}) CHARACTER SET latin1 ROW_FORMAT = COMPACT; INSERT INTO wide (c0) VALUES ('x');`,
    );
    const { env, storage } = await accountEnv(server, everything, { database: "laxer" });

    await runDumper(env);
    const back = await restore(storage, server, "back");

    expect(back).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await sql(server, "back", "SELECT i FROM lax; SELECT c0 FROM wide;")).toBe("-1\nx");
  }, 60_000);

  test("names the limit of the account that a run met", async () => {
    const server = ofTitle();
    await sql(server, null, "CREATE DATABASE shop; CREATE TABLE shop.t (i INT)");
    const { env, account } = await accountEnv(server, everything);
    await sql(server, null, `ALTER USER ${account} WITH MAX_QUERIES_PER_HOUR 20`);

    const ended = await runDumper(env);

    expect(ended).toMatchObject({
      exitCode: 3,
      terminationMessage: expect.stringMatching(
        /'max_q\w+' resource.*; raise the limit of the account by ALTER USER … WITH MAX_QUERIES_PER_HOUR/,
      ),
    });
  }, 60_000);

  test("names a table whose rows are those of others", async () => {
    const server = ofTitle();
    await sql(
      server,
      null,
      `CREATE DATABASE parts; USE parts; CREATE TABLE one (i INT) ENGINE = MyISAM;
       CREATE TABLE \`both\` (i INT) ENGINE = MERGE UNION = (one)`,
    );
    const { env, storage } = await accountEnv(server, everything, { database: "parts" });

    await runDumper(env);

    const { notes } = await manifestIn(storage);
    expect(notes).toContainEqual(expect.stringMatching(/The rows of `parts`.`both` \(MRG_MyISAM\) are those of/i));
  }, 60_000);
});

test("names that differ by case alone are refused by a server that takes them for one, before anything is made", async () => {
  await sql(
    mariadb,
    null,
    "CREATE DATABASE cases; USE cases; CREATE TABLE Orders (i INT); CREATE TABLE orders (i INT); CREATE DATABASE Other; CREATE DATABASE other;",
  );
  const tables = await accountEnv(mariadb, everything, { database: "cases" });
  const databases = await accountEnv(mariadb, everything, { database: null });

  await runDumper(tables.env);
  await runDumper(databases.env);
  const ofTables = await restore(tables.storage, older, "back");
  const ofDatabases = await restore(databases.storage, older);
  const back = await restore(tables.storage, mariadb, "back");

  expect((await manifestIn(tables.storage)).notes).toContainEqual(
    expect.stringMatching(/case alone: `orders`, `orders`\.$/i),
  );
  expect(ofTables).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("lower_case_table_names") });
  expect(ofDatabases).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/"other", "other"/i) });
  expect(await sql(older, null, "SHOW DATABASES LIKE 'back'; SHOW DATABASES LIKE 'other'")).toBe("");
  expect(back).toMatchObject({ exitCode: 0 });
}, 60_000);

describe("MariaDB's versioned tables", () => {
  const present = "SELECT v FROM prices; SELECT COUNT(*) FROM prices FOR SYSTEM_TIME ALL;";

  beforeEach(async () => {
    const create = "CREATE TABLE prices (id INT PRIMARY KEY, v INT) WITH SYSTEM VERSIONING";
    await sql(
      older,
      null,
      `CREATE DATABASE v; USE v; ${create}; INSERT INTO prices VALUES (1, 1); UPDATE prices SET v = 2;`,
    );
  });

  test("go back into a server of their own end of time, and are refused by one of another before anything is made", async () => {
    const { env, storage } = await accountEnv(older, everything, { database: "v" });

    await runDumper(env);
    const refused = await restore(storage, mariadb, "back");
    const back = await restore(storage, older, "back");

    expect(refused).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/end of time of MariaDB before 11\.5.*the server is 11\.8.*--update-history/s),
    });
    expect(await sql(mariadb, null, "SHOW DATABASES LIKE 'back'")).toBe("");
    expect(back).toMatchObject({ exitCode: 0 });
    expect(await sql(older, "back", present)).toBe("2\n2");
  }, 60_000);

  test("go into a later server with the option for it, and then into no older one", async () => {
    const { env, storage } = await accountEnv(older, everything, { database: "v" });

    const dumped = await runDumper({ ...env, MYSQLDUMP_OPTIONS: "--update-history" });
    const refused = await restore(storage, older, "back");
    const back = await restore(storage, mariadb, "back");

    expect(dumped).toMatchObject({ exitCode: 0 });
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("11.5 or later") });
    expect(back).toMatchObject({ exitCode: 0 });
    expect(await sql(mariadb, "back", present)).toBe("2\n2");
  }, 60_000);

  test("are dumped without their history beside one that keeps it by transactions, and named", async () => {
    await sql(
      older,
      "v",
      `CREATE TABLE exact (id INT PRIMARY KEY, a BIGINT UNSIGNED GENERATED ALWAYS AS ROW START, z BIGINT UNSIGNED GENERATED ALWAYS AS ROW END,
       PERIOD FOR SYSTEM_TIME (a, z)) WITH SYSTEM VERSIONING; INSERT INTO exact (id) VALUES (1), (2); DELETE FROM exact WHERE id = 1;`,
    );
    const { env, storage } = await accountEnv(older, everything, { database: "v" });

    const checked = await runCli(["dump", "--check"], env);
    const dumped = await runDumper(env);

    const told = expect.stringMatching(
      /the history of the versioned tables `v`.`exact` \(InnoDB\), `v`.`prices` \(InnoDB\)/,
    );
    expect(checked).toMatchObject({ exitCode: 0, stdout: told });
    expect(dumped).toMatchObject({ exitCode: 0 });
    expect((await manifestIn(storage)).skipped).toEqual([told]);
    for (const server of [older, mariadb]) {
      expect(await restore(storage, server, "back")).toMatchObject({ exitCode: 0 });
      expect(await sql(server, "back", "SELECT v FROM prices; SELECT id FROM exact")).toBe("2\n2");
    }
  }, 120_000);
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

test("an event of MySQL that its tool never ends at is refused, and left out where that is asked for", async () => {
  await sql(
    mysql,
    null,
    `CREATE DATABASE endless; USE endless; CREATE TABLE t (i int);
DELIMITER //
CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO BEGIN /* a;;b */ SELECT 1; END
//
DELIMITER ;`,
  );
  const { env, storage } = await accountEnv(mysql, everything, { database: "endless" });

  const refused = await runDumper(env);
  const without = await runDumper({ ...env, SKIP: "events" });

  expect(refused).toMatchObject({
    exitCode: 3,
    terminationMessage: expect.stringMatching(/never ends at EVENT `endless`\.`e`, whose text holds ;;/),
  });
  expect(without).toMatchObject({ exitCode: 0 });
  expect((await manifestIn(storage)).skipped).toHaveLength(1);
}, 60_000);

test("MySQL's definitions of which one ends in a comment and another has the line of the end are refused", async () => {
  await sql(
    mysql,
    null,
    `CREATE DATABASE line; USE line;
DELIMITER //
CREATE PROCEDURE p1() SELECT 1 -- x
//
CREATE PROCEDURE p2() BEGIN SELECT 1 -- ;;
DELIMITER ;
SELECT 2; END
//
DELIMITER ;`,
  );
  const { env, storage } = await accountEnv(mysql, everything, { database: "line" });

  const ended = await runDumper(env);

  expect(ended).toMatchObject({
    exitCode: 3,
    terminationMessage: expect.stringMatching(
      /PROCEDURE `line`\.`p1` has a comment.*PROCEDURE `line`\.`p2` has a line/,
    ),
  });
  expect(await storage.objects()).toEqual([]);
}, 60_000);

test("what of a MySQL server a table needs is named by the restore that does not find it", async () => {
  const system =
    'CREATE SPATIAL REFERENCE SYSTEM 990002 NAME \'own\' DEFINITION \'GEOGCS["own",DATUM["own",SPHEROID["own",6378137,298.25]],PRIMEM["Greenwich",0],UNIT["degree",0.017453292519943278],AXIS["Lat",NORTH],AXIS["Lon",EAST]]\'';
  const tablespace = "CREATE TABLESPACE shop_ts ADD DATAFILE 'shop_ts.ibd'";
  await sql(
    mysql,
    null,
    `${tablespace}; ${system}; CREATE DATABASE placed; USE placed; CREATE TABLE a (i INT PRIMARY KEY) TABLESPACE shop_ts; INSERT INTO a VALUES (3);
     CREATE TABLE b (p POINT SRID 990002);`,
  );
  const { env, storage } = await accountEnv(mysql, everything, { database: "placed" });

  await runDumper(env);
  await sql(
    mysql,
    null,
    "DROP DATABASE placed; DROP TABLESPACE shop_ts; DROP SPATIAL REFERENCE SYSTEM 990002; CREATE DATABASE back",
  );
  const withoutTablespace = await restore(storage, mysql, "back");
  await sql(mysql, null, tablespace);
  const withoutSystem = await restore(storage, mysql, "back");
  await sql(mysql, null, `${system}; DROP DATABASE back`);
  const back = await restore(storage, mysql, "back");

  expect(withoutTablespace.stderr).toMatch(/Tablespace `?shop_ts`? doesn't exist.*CREATE TABLESPACE/);
  expect(withoutSystem.stderr).toMatch(/SRID 990002.*CREATE SPATIAL REFERENCE SYSTEM/);
  expect(back).toMatchObject({ exitCode: 0 });
  expect(
    await sql(
      mysql,
      "back",
      "SELECT i FROM a; DROP DATABASE back; DROP TABLESPACE shop_ts; DROP SPATIAL REFERENCE SYSTEM 990002",
    ),
  ).toBe("3");
}, 60_000);

test("MySQL's transactions as a comment need a right of their own, which the check names", async () => {
  await sql(mysql, null, "CREATE DATABASE shop; CREATE TABLE shop.t (i INT)");
  const { env, account } = await accountEnv(
    mysql,
    "GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON shop.* TO %account; GRANT SHOW_ROUTINE ON *.* TO %account",
  );
  const wish = { ...env, MYSQLDUMP_OPTIONS: "--set-gtid-purged=COMMENTED" };

  const told = await runCli(["dump", "--check"], wish);
  const grants = [...told.stderr.matchAll(/^ {2}(GRANT .*);$/gm)].map(([, grant = ""]) => `${grant};`);
  await sql(mysql, null, grants.join("\n"));
  const stored = await runDumper(wish);

  expect(grants).toEqual([`GRANT RELOAD ON *.* TO ${account};`]);
  expect(stored).toMatchObject({ exitCode: 0 });
}, 60_000);
