import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startMariadb } from "../bed/mariadb.ts";
import { type MysqlServer, startMysql } from "../bed/mysql.ts";
import { runCli, runDumper } from "./dumper-process.ts";
import { accountEnv, contentIn, everything, fillShop, manifestIn, sql, targetOf } from "./mysql-server.ts";

const servers = [
  { title: "MySQL 5.7", start: () => startMysql({ version: "5.7" }) },
  { title: "MySQL 8.0", start: () => startMysql({ version: "8.0" }) },
  { title: "MySQL 9", start: () => startMysql({ version: "9" }) },
  { title: "MariaDB 10.11", start: () => startMariadb({ version: "10.11" }) },
  { title: "MariaDB 11.8", start: () => startMariadb({ version: "11.8" }) },
] as const;

describe.each(servers)("$title", ({ start }) => {
  let server: MysqlServer;

  beforeAll(async () => {
    server = await start();
    await fillShop(server);
    await sql(server, null, "CREATE DATABASE other");
    await sql(server, "other", "CREATE TABLE t (i INT) ENGINE = MyISAM; INSERT INTO t VALUES (7);");
  }, 600_000);

  afterAll(() => server.stop());

  test("takes an account without a password", async () => {
    const { env, storage } = await accountEnv(server, everything, { password: "" });

    expect(await runDumper(env)).toMatchObject({ exitCode: 0 });
    expect(await contentIn(storage)).toContain("INSERT INTO `orders` VALUES");
  }, 60_000);

  test("tells every missing grant at once, before anything is stored, and those are enough", async () => {
    const { env, storage, account } = await accountEnv(server, "");

    const unseen = await runDumper(env);
    await sql(server, null, `GRANT INSERT ON shop.* TO ${account}`);
    const told = await runCli(["dump", "--check"], env);
    const refused = await runDumper(env);
    const grants = [...told.stderr.matchAll(/^ {2}(GRANT .*);$/gm)].map(([, grant = ""]) => grant);
    await sql(server, null, grants.map((grant) => `${grant};`).join("\n"));
    const ready = await runCli(["dump", "--check"], env);
    const stored = await runDumper(env);

    expect(unseen.terminationMessage).toMatch(/no database .*shop.*, or .* may see nothing/);
    expect(told.exitCode).toBe(3);
    expect(grants[0]).toBe(`GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON \`shop\`.* TO ${account}`);
    expect(grants).toHaveLength(2);
    expect(refused).toMatchObject({ exitCode: 3 });
    for (const grant of grants) expect(refused.terminationMessage).toContain(grant);
    expect(ready).toMatchObject({ exitCode: 0, stderr: "" });
    expect(stored).toMatchObject({ exitCode: 0 });
    const dump = await contentIn(storage);
    for (const name of ["orders", "recent", "answer", "clean", "nightly"]) expect(dump).toContain(name);
  }, 120_000);

  test("does without the grants for what is left out on purpose, and the manifest says what that is", async () => {
    const { env, storage } = await accountEnv(server, "GRANT SELECT ON shop.* TO %account");

    const ended = await runDumper({ ...env, SKIP: "routines,events,triggers,views" });

    expect(ended).toMatchObject({ exitCode: 0 });
    const dump = await contentIn(storage);
    expect(dump).toContain("`orders`");
    for (const name of ["recent", "answer", "clean", "nightly"]) expect(dump).not.toContain(name);
    const { skipped } = await manifestIn(storage);
    expect(skipped).toEqual(["routines (skip)", "events (skip)", "triggers (skip)", "views (skip)"]);
  }, 60_000);

  test("gives all databases but its own when none is named, one object each, and they go back under their names", async () => {
    const { env, storage } = await accountEnv(server, everything, { database: null });

    const ended = await runDumper(env);
    const keys = await storage.objects();
    const manifest = keys.find((key) => key.endsWith(".manifest.json")) ?? "";
    await sql(server, null, "DROP DATABASE other; ALTER DATABASE shop CHARACTER SET utf8;");
    const restore = (key: string, password = server.password) =>
      runCli(["restore", key, "--to", targetOf(server)], { ...env, MYSQL_PWD: password });
    const unknown = await restore(manifest, "another");
    const refused = await restore(manifest);
    const other = await restore(keys.find((key) => key.includes("-other-")) ?? "");

    expect(ended).toMatchObject({ exitCode: 0 });
    expect(keys.filter((key) => key.endsWith(".sql")).map((key) => /local-(\w+)-\d+\.sql/.exec(key)?.[1])).toEqual([
      "other",
      "shop",
    ]);
    expect(unknown).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("or the password in MYSQL_PWD") });
    expect(refused).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/not empty: "shop" has 3 tables, views and routines|"shop" has \d+/),
    });
    expect(other).toMatchObject({ exitCode: 0 });
    expect(await sql(server, "other", "SELECT i FROM t")).toBe("7");
  }, 120_000);

  test("does not take the databases that an account sees for all that there are", async () => {
    const { env } = await accountEnv(server, "GRANT ALL ON shop.* TO %account", { database: null });

    const ended = await runCli(["dump", "--check"], env);

    expect(ended).toMatchObject({ exitCode: 3, stderr: expect.stringContaining("GRANT SHOW DATABASES ON *.* TO") });
  }, 60_000);

  test("has tables that no transaction covers, which is told by the check and in the manifest", async () => {
    const { env, storage } = await accountEnv(server, everything, { database: "other" });

    const checked = await runCli(["dump", "--check"], env);
    await runDumper(env);

    const note = expect.stringMatching(/not transactional.*: `other`\.`t` \(MyISAM\)\./);
    expect(checked).toMatchObject({ exitCode: 0, stdout: note });
    expect((await manifestIn(storage)).notes).toContainEqual(note);
  }, 60_000);

  test("with a view of something that is gone is refused with the view's name, unless views are left out", async () => {
    await sql(
      server,
      "other",
      "CREATE TABLE gone (i INT); CREATE VIEW `of gone` AS SELECT * FROM gone; DROP TABLE gone;",
    );
    const { env } = await accountEnv(server, everything, { database: "other" });

    const refused = await runDumper(env);
    const allowed = await runDumper({ ...env, SKIP: "views" });
    await sql(server, "other", "DROP VIEW `of gone`");

    expect(refused).toMatchObject({ exitCode: 3, terminationMessage: expect.stringContaining("`other`.`of gone`") });
    expect(allowed).toMatchObject({ exitCode: 0 });
  }, 60_000);
});
