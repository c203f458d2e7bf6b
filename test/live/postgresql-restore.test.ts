import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Secret } from "../../contract/secret.ts";
import { runInTransaction } from "../../dumper/restore/psql.ts";
import { ensureDebianPackages } from "../bed/apt.ts";
import { postgresClients } from "../bed/postgres-clients.ts";
import { type PostgresServer, startPostgres } from "../bed/postgres.ts";
import { createDatabase, createOwner, fill, owner, sourceEnv, sql } from "./database.ts";
import { type Ended, runCli, runDumper } from "./dumper-process.ts";
import { pathOfEveryMajor } from "./postgresql-path.ts";
import { directoryStorage } from "./storages.ts";

let server: PostgresServer;
let work: string;
/** What a command for psql would make. */
let made: string;
let restores = 0;

beforeAll(async () => {
  await ensureDebianPackages(["isal"]);
  server = await startPostgres({ major: 18 });
  await createOwner(server);
  await createDatabase(server, "shop");
  await fill(server, "shop", 100);
  work = await mkdtemp(join(tmpdir(), "ksnapshot-tampered-"));
  made = join(work, "made by psql");
}, 180_000);

afterAll(async () => {
  await server.stop();
  await rm(work, { recursive: true });
}, 60_000);

/** A dump of the shop that somebody who may write to the storage has changed, its manifest too, and then its restore. */
async function restoreChanged(
  change: (dump: string) => string,
  env: { PATH?: string } = {},
): Promise<Ended & { database: string }> {
  const storage = await directoryStorage();
  await runDumper({ ...sourceEnv(server, "shop"), ...storage.env, COMPRESSION: "none" });
  const keys = await storage.objects();
  const manifest = keys.find((key) => key.endsWith(".manifest.json")) ?? "";
  const dump = keys.find((key) => key.endsWith(".sql")) ?? "";
  const path = storage.env["BACKEND_PATH"] ?? "";
  const before = await readFile(join(path, dump), "latin1");
  const bytes = Buffer.from(change(before), "latin1");
  await writeFile(join(path, dump), bytes);
  const told = JSON.parse(await readFile(join(path, manifest), "utf8")) as { objects: object[] };
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const objects = told.objects.map((one) => ({ ...one, bytes: bytes.length, dumpBytes: bytes.length, sha256 }));
  await writeFile(join(path, manifest), JSON.stringify({ ...told, objects }));

  const database = `back ${restores++}`;
  await createDatabase(server, database);
  const to = `postgres://${encodeURIComponent(owner.name)}@${server.host}:${server.port}/${encodeURIComponent(database)}`;
  const ended = await runCli(["restore", manifest, "--to", to], { ...storage.env, PGPASSWORD: owner.password, ...env });
  return { ...ended, database };
}

function keyOf(dump: string): string {
  return /^\\restrict (\S+)$/m.exec(dump)?.[1] ?? "";
}

/** Before the first table. */
function insert(dump: string, text: string): string {
  return dump.replace("\nCREATE TABLE ", `\n${text}\nCREATE TABLE `);
}

function withoutKeys(dump: string): string {
  return dump.replaceAll(/^\\(un)?restrict .*\n/gm, "");
}

async function tablesIn(database: string): Promise<string> {
  return sql(server, database, "SELECT count(*) FROM pg_tables WHERE schemaname !~ '^pg_|information_schema'");
}

test.each([
  { name: "runs a program", change: (dump: string) => insert(dump, `\\! touch '${made}'`) },
  { name: "runs one before its own restriction", change: (dump: string) => `\\! touch '${made}'\n${dump}` },
  {
    name: "runs one after its end was lifted",
    change: (dump: string) => `${dump}\\! touch '${made}'\n\n--\n-- PostgreSQL database dump complete\n--\n`,
  },
  {
    name: "lifts its restriction with the key at its head",
    change: (dump: string) =>
      insert(dump, `\\unrestrict ${keyOf(dump)}\n\\! touch '${made}'\n\\restrict ${keyOf(dump)}`),
  },
  { name: "has no restriction", change: (dump: string) => insert(withoutKeys(dump), `\\! touch '${made}'`) },
  { name: "sends answers to a program", change: (dump: string) => insert(dump, `\\o |touch '${made}'\nSELECT 1;\n`) },
  {
    name: "copies to a program",
    change: (dump: string) => insert(dump, `\\copy (SELECT 1) TO PROGRAM 'touch "${made}"'`),
  },
  { name: "sets a variable from a program", change: (dump: string) => insert(dump, `\\set x \`touch '${made}'\``) },
  { name: "writes its answer to a file", change: (dump: string) => insert(dump, `SELECT 1 \\g '${made}'`) },
  { name: "runs what it has asked for", change: (dump: string) => insert(dump, `SELECT 'CREATE TABLE x ()' \\gexec`) },
  { name: "goes to another server", change: (dump: string) => insert(dump, "\\connect 'host=127.0.0.1 port=1'") },
])(
  "a dump that $name makes nothing, here or in the database",
  async ({ change }) => {
    const { exitCode, stderr, database } = await restoreChanged(change);

    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /(backslash commands are restricted|unrestrict: wrong key).*; do not give this dump to psql by other means/,
    );
    expect(existsSync(made)).toBe(false);
    expect(await tablesIn(database)).toBe("0");
  },
  60_000,
);

test("a dump as it was, and one of a pg_dump that knows no restriction, come back", async () => {
  for (const change of [(dump: string) => dump, withoutKeys]) {
    const { exitCode, database } = await restoreChanged(change);

    expect(exitCode).toBe(0);
    expect(await tablesIn(database)).toBe("2");
  }
}, 180_000);

test("a psql that cannot be kept to SQL is passed over for a newer one", async () => {
  const { exitCode } = await restoreChanged((dump) => dump, { PATH: await pathOfEveryMajor() });

  expect(exitCode).toBe(0);
}, 180_000);

test("a psql that cannot be kept to SQL runs nothing at all", async () => {
  const database = "never touched";
  await createDatabase(server, database);
  async function* script(): AsyncGenerator<Buffer> {
    yield await Promise.resolve(Buffer.from("CREATE TABLE x ();\n"));
  }
  const target = { ...server, username: owner.name, password: new Secret(owner.password), database };
  const connection = { ...target, sslMode: "prefer", caFile: null } as const;

  const restored = runInTransaction(script(), connection, {
    env: { PATH: await postgresClients(13) },
    signal: AbortSignal.timeout(30_000),
  });

  await expect(restored).rejects.toThrow(/invalid command \\restrict.*; use a newer psql/);
  expect(await tablesIn(database)).toBe("0");
}, 180_000);
