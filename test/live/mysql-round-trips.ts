import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createHash } from "node:crypto";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { identityToRecipient } from "age-encryption";
import { agePrograms } from "../bed/age.ts";
import { ensureDebianPackages } from "../bed/apt.ts";
import { run } from "../bed/command.ts";
import { mariadbClients, mysqlClients } from "../bed/mysql-clients.ts";
import type { MysqlServer } from "../bed/mysql.ts";
import { runCli, runDumper } from "./dumper-process.ts";
import { awkwardData } from "./mysql-data.ts";
import {
  backup,
  backupAccount,
  clientPath,
  contentIn,
  contentOf,
  createAccount,
  definer,
  documentedGrants,
  mysqlEnv,
  rows,
  sql,
  targetOf,
} from "./mysql-server.ts";
import { directoryStorage, type TestStorage } from "./storages.ts";

const database = "my_shop";
/** A row of 32 MiB is twice as long in a dump. */
const settings = { "max-allowed-packet": "256M" };

/** The round trips of one server: dumped as an account with exactly the documented grants, restored into an empty server. */
export function describeRoundTrips(
  title: string,
  start: (settings: Readonly<Record<string, string>>) => Promise<MysqlServer>,
): void {
  describe(title, () => {
    let source: MysqlServer;
    let target: MysqlServer;
    let original: readonly string[];
    let identity: string;
    let recipient: string;

    beforeAll(async () => {
      await ensureDebianPackages(["isal"]);
      [source, target] = await Promise.all([start(settings), start(settings)]);
      await prepare(source);
      await sql(target, null, createDefiner);
      original = await contentOf(source, database);
      identity = join(await mkdtemp(join(tmpdir(), "ksnapshot-identity-")), "key.txt");
      await run((await agePrograms()).keygen, ["-o", identity]);
      const key = (await readFile(identity, "utf8")).split("\n").find((line) => line.startsWith("AGE-SECRET-KEY-"));
      recipient = await identityToRecipient(key ?? "");
    }, 900_000);

    afterAll(async () => {
      await Promise.all([source.stop(), target.stop()]);
    });

    test("comes back equal through gzip and age, into an empty server", async () => {
      const storage = await directoryStorage();
      const encryption = { ENCRYPTION_ENABLED: "true", ENCRYPTION_RECIPIENT: recipient };

      const dumped = await runDumper({ ...(await mysqlEnv(source, database)), ...storage.env, ...encryption });
      expect(dumped).toMatchObject({ exitCode: 0 });
      const key = await manifestOf(storage);
      const verified = await runCli(["verify", key, "--identity", identity], storage.env);
      const back = await runCli(["restore", key, "--to", targetOf(target), "--identity", identity], {
        ...storage.env,
        ...{ PATH: await clientPath(), MYSQL_PWD: target.password },
      });

      expect(verified).toMatchObject({ exitCode: 0 });
      expect(back).toMatchObject({ exitCode: 0 });
      expect(await contentOf(target, database)).toEqual(original);
      expect(await charsetOf(target)).toEqual(await charsetOf(source));
      expect(dumped.stdout + dumped.stderr + key).not.toContain(backup.password.trim());
    }, 300_000);

    test("comes back equal with gunzip and the product's own client alone", async () => {
      const storage = await directoryStorage();
      await runDumper({ ...(await mysqlEnv(source, database)), ...storage.env });
      const object = (await storage.objects()).find((key) => key.endsWith(".sql.gz")) ?? "";
      const create = `CREATE DATABASE ${database} CHARACTER SET latin1 COLLATE latin1_general_ci`;
      await sql(target, null, `DROP DATABASE IF EXISTS ${database}; ${create}`);

      const isMariadb = source.product === "mariadb";
      const client = isMariadb ? join(await mariadbClients(), "mariadb") : join(await mysqlClients(), "mysql");
      const how = isMariadb ? ["--skip-ssl-verify-server-cert"] : ["--get-server-public-key"];
      const options = ["--comments", "--binary-mode", "--max-allowed-packet=1G", ...how];
      const place = [`--host=${target.host}`, `--port=${target.port}`, `--user=${target.superuser}`, database];
      const file = join(storage.env["BACKEND_PATH"] ?? "", object);
      await run("bash", ["-o", "pipefail", "-c", 'gunzip -c "$0" | "$@"', file, client, ...options, ...place], {
        env: { MYSQL_PWD: target.password },
      });

      expect(await contentOf(target, database)).toEqual(original);
    }, 300_000);

    test("is dumped the same where all names are ASCII, in which case the tool is told to escape byte by byte", async () => {
      const table = "`we\"ird 'na``me ☃`";
      const renamed = "`we\"ird 'na``me *`";
      const plain = await dumpText(source);
      await sql(source, database, `RENAME TABLE ${table} TO ${renamed}`);
      await sql(source, null, "SET GLOBAL log_output = 'TABLE', general_log = 1");
      try {
        const quick = await dumpText(source);

        const log = `SELECT COUNT(*) FROM mysql.general_log WHERE argument RLIKE '^SET .*character_set_client ?= ?latin1'`;
        expect(Number(await sql(source, null, log))).toBe(1);
        expect(quick).toEqual(plain.map((line) => line.replaceAll("me ☃", "me *")));
      } finally {
        await sql(source, null, "SET GLOBAL general_log = 0");
        await sql(source, database, `RENAME TABLE ${renamed} TO ${table}`);
      }
    }, 300_000);

    test("is found ready by a check, which tells nothing missing", async () => {
      const storage = await directoryStorage();

      const ended = await runCli(["dump", "--check"], { ...(await mysqlEnv(source, database)), ...storage.env });

      expect(ended).toMatchObject({ exitCode: 0, stderr: "" });
      expect(ended.stdout).toMatch(new RegExp(`^database +${source.product} ${source.version.replace(".", "\\.")}\\.`));
      expect(ended.stdout).toContain("CHARACTER SET latin1 COLLATE latin1_general_ci");
    }, 60_000);
  });
}

const createDefiner = `CREATE USER ${definer}; GRANT ALL ON \`my\\_shop\`.* TO ${definer};`;

async function prepare(server: MysqlServer): Promise<void> {
  await sql(
    server,
    null,
    `CREATE DATABASE ${database} CHARACTER SET latin1 COLLATE latin1_general_ci; ${createDefiner}`,
  );
  await sql(server, database, awkwardData(server, definer));
  await createAccount(server, backupAccount, backup.password);
  await sql(server, null, documentedGrants(server, database, backupAccount));
}

async function charsetOf(server: MysqlServer): Promise<string[][]> {
  const columns = "DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME";
  return rows(server, null, `SELECT ${columns} FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = '${database}'`);
}

/** The lines of a dump, those of a megabyte by their hash, but for those that differ each time. */
async function dumpText(server: MysqlServer): Promise<readonly string[]> {
  const storage = await directoryStorage();
  const ended = await runDumper({ ...(await mysqlEnv(server, database)), ...storage.env, COMPRESSION: "none" });
  expect(ended).toMatchObject({ exitCode: 0 });
  const lines = (await contentIn(storage)).split("\n").filter((line) => !/^-- (Host|Dump completed)/.test(line));
  return lines.map((line) => (line.length > 2 ** 20 ? createHash("sha256").update(line).digest("hex") : line));
}

async function manifestOf(storage: TestStorage): Promise<string> {
  const manifests = (await storage.objects()).filter((key) => key.endsWith(".manifest.json"));
  expect(manifests).toHaveLength(1);
  return manifests[0] ?? "";
}
