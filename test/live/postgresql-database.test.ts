import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureDebianPackages } from "../bed/apt.ts";
import { run } from "../bed/command.ts";
import { freePort } from "../bed/port.ts";
import { postgresClients } from "../bed/postgres-clients.ts";
import { type PostgresServer, startPostgres } from "../bed/postgres.ts";
import { type S3Server, startVersitygw } from "../bed/s3.ts";
import { contentOf, createDatabase, createOwner, fill, owner, sourceEnv, sql } from "./database.ts";
import { runCli, runDumper } from "./dumper-process.ts";
import { pathOfEveryMajor } from "./postgresql-path.ts";
import { createIdentity, manifestOf, password, target } from "./postgresql-restoring.ts";
import { bucketStorage, directoryStorage } from "./storages.ts";

const rows = 1_000;

let s3: S3Server;
let work: string;
let identity: string;
let recipient: string;

beforeAll(async () => {
  await ensureDebianPackages(["isal"]);
  s3 = await startVersitygw();
  work = await mkdtemp(join(tmpdir(), "ksnapshot-database-"));
  ({ identity, recipient } = await createIdentity(work));
}, 900_000);

afterAll(async () => {
  await s3.stop();
  await rm(work, { recursive: true });
}, 60_000);

test("a dump by newer clients goes back into an older server with ksnapshot, and by hand without one line", async () => {
  const server = await startPostgres({ major: 16 });
  try {
    await createOwner(server);
    await createDatabase(server, "shop");
    await fill(server, "shop", 100);
    const original = await contentOf(server, "shop");
    const storage = await directoryStorage();
    const path = await pathOfEveryMajor({ without: 16 });
    await runDumper({ ...sourceEnv(server, "shop"), ...storage.env, PATH: path });
    const key = await manifestOf(storage);
    const object = (await storage.objects()).find((one) => one.endsWith(".sql.gz")) ?? "";
    await createDatabase(server, "back");
    await createDatabase(server, "by hand");

    const back = await runCli(["restore", key, "--to", target(server, "back")], { ...storage.env, ...password });
    // docs/restore.md
    const head = "sed '1,/^SET client_min_messages/{/^SET transaction_timeout/d}'";
    const line = `gunzip -c "$1" | ${head} | "$2" -X -q -1 -v ON_ERROR_STOP=1 -d "$3"`;
    const args = [
      join(storage.env["BACKEND_PATH"] ?? "", object),
      join(await postgresClients(), "psql"),
      target(server, "by hand"),
    ];
    await run("bash", ["-o", "pipefail", "-c", line, "bash", ...args], { env: password });

    expect(back).toMatchObject({ exitCode: 0 });
    expect(await contentOf(server, "back")).toEqual(original);
    expect(await contentOf(server, "by hand")).toEqual(original);
  } finally {
    await server.stop();
  }
}, 180_000);

describe("a database of PostgreSQL 18", () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres({ major: 18 });
    await createOwner(server);
    await createDatabase(server, "shop");
    await fill(server, "shop", rows);
  }, 300_000);

  afterAll(() => server.stop(), 60_000);

  test.each([
    { compression: "gzip", encrypted: false, sink: "directory" },
    { compression: "gzip", encrypted: true, sink: "bucket" },
    { compression: "zstd", encrypted: true, sink: "directory" },
    { compression: "zstd", encrypted: false, sink: "bucket" },
    { compression: "none", encrypted: false, sink: "bucket" },
    { compression: "none", encrypted: true, sink: "directory" },
  ] as const)(
    "comes back equal through $compression, encrypted: $encrypted, in a $sink",
    async ({ compression, encrypted, sink }) => {
      const storage = sink === "directory" ? await directoryStorage() : await bucketStorage(s3);
      const encryption = encrypted ? { ENCRYPTION_ENABLED: "true", ENCRYPTION_RECIPIENT: recipient } : {};
      const env = { ...sourceEnv(server, "shop"), ...storage.env, COMPRESSION: compression, ...encryption };
      const database = `back through ${compression} ${String(encrypted)}`;
      await createDatabase(server, database);

      expect(await runDumper(env)).toMatchObject({ exitCode: 0 });
      const key = await manifestOf(storage);
      const verified = await runCli(["verify", key, ...(encrypted ? ["--identity", identity] : [])], storage.env);
      const sealed = encrypted ? await runCli(["verify", key], storage.env) : { exitCode: 3 };
      const back = await runCli(["restore", key, "--to", target(server, database), "--identity", identity], {
        ...storage.env,
        ...password,
      });

      expect(verified).toMatchObject({ exitCode: 0 });
      expect(sealed).toMatchObject({ exitCode: 3 });
      expect(back).toMatchObject({ exitCode: 0 });
      expect(await contentOf(server, database)).toEqual(await contentOf(server, "shop"));
    },
    180_000,
  );

  test("may have any name: none leads to another server, an option or another file", async () => {
    const listener = createServer((socket) => socket.destroy());
    const port = await freePort();
    let contacts = 0;
    listener.on("connection", () => contacts++).listen(port, "127.0.0.1");
    await once(listener, "listening");
    const escape = join(work, "escape");
    const names = [
      `host=127.0.0.1 port=${port}`,
      `postgresql://127.0.0.1:${port}/x`,
      "--help",
      `-f${escape}`,
      "../../x",
      "$(POSTGRESQL_PASSWORD)",
      `it's a \\'name\\`,
      `' host='127.0.0.1' port='${port}`,
    ];

    for (const name of names) {
      await sql(server, "postgres", `CREATE DATABASE "${name}" OWNER "${owner.name}" TEMPLATE shop`);
      const parent = await mkdtemp(join(work, "hostile-"));
      const storage = await directoryStorage(join(parent, "store"));
      const ended = await runDumper({ ...sourceEnv(server, name), ...storage.env });
      expect(ended).toMatchObject({ exitCode: 0 });

      const key = await manifestOf(storage);
      const back = `back from ${name}`;
      await createDatabase(server, back);
      const restored = await runCli(["restore", key, "--to", target(server, back)], { ...storage.env, ...password });
      expect(restored).toMatchObject({ exitCode: 0 });
      expect(await contentOf(server, back)).toEqual(await contentOf(server, "shop"));
      expect(await readdir(parent)).toEqual(["store"]);
      expect(ended.stdout + ended.stderr + key).not.toContain(owner.password);
    }

    expect(contacts).toBe(0);
    expect(await readdir(work)).not.toContain("escape");
    listener.close();
  }, 300_000);

  test("that is not empty is left as it is, unless told otherwise", async () => {
    const storage = await directoryStorage();
    await runDumper({ ...sourceEnv(server, "shop"), ...storage.env });
    const key = await manifestOf(storage);
    await createDatabase(server, "used");
    await sql(server, "used", `CREATE TABLE mine (id int)`);
    const args = ["restore", key, "--to", target(server, "used")];

    const refused = await runCli(args, { ...storage.env, ...password });
    const allowed = await runCli([...args, "--into-non-empty"], { ...storage.env, ...password });

    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("is not empty") });
    expect(allowed).toMatchObject({ exitCode: 0 });
  }, 180_000);

  test("that has no table and yet something is not empty, and its large objects are never written over", async () => {
    const storage = await directoryStorage();
    await runDumper({ ...sourceEnv(server, "shop"), ...storage.env });
    const key = await manifestOf(storage);
    await createDatabase(server, "of a routine");
    await createDatabase(server, "of a large object");
    await sql(server, "of a routine", "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'");
    await sql(server, "of a large object", "SELECT lo_from_bytea(50001, 'mine')");
    const restore = (database: string, ...more: readonly string[]) =>
      runCli(["restore", key, "--to", target(server, database), ...more], { ...storage.env, ...password });

    const routine = await restore("of a routine");
    const largeObject = await restore("of a large object", "--keep-going");
    const forced = await restore("of a large object", "--keep-going", "--into-non-empty");

    expect(routine).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("is not empty: it has 1 routines") });
    expect(largeObject).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("it has 1 large objects") });
    expect(forced).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("would write over") });
    expect(await sql(server, "of a large object", "SELECT convert_from(lo_get(50001), 'UTF8')")).toBe("mine");
  }, 180_000);

  test.each([
    { name: "a byte of the stored object is another", change: (bytes: Buffer) => flip(bytes, bytes.length >> 1) },
    { name: "the stored object lacks its end", change: (bytes: Buffer) => bytes.subarray(0, -100) },
    {
      name: "something follows the stored object",
      change: (bytes: Buffer) => Buffer.concat([bytes, Buffer.from("x")]),
    },
  ])(
    "stays empty when $name",
    async ({ change }) => {
      const storage = await directoryStorage();
      await runDumper({ ...sourceEnv(server, "shop"), ...storage.env, COMPRESSION: "none" });
      const key = await manifestOf(storage);
      const object = (await storage.objects()).find((one) => one.endsWith(".sql")) ?? "";
      const file = join(storage.env["BACKEND_PATH"] ?? "", object);
      await writeFile(file, change(await readFile(file)));
      const database = `empty ${object.slice(-20)} ${Math.random()}`;
      await createDatabase(server, database);

      const verified = await runCli(["verify", key], storage.env);
      const ended = await runCli(["restore", key, "--to", target(server, database)], { ...storage.env, ...password });

      expect(verified).toMatchObject({ exitCode: 1, stdout: expect.stringContaining("damaged") });
      expect(ended).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/is damaged|psql exited/) });
      expect(await sql(server, database, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")).toBe("0");
    },
    120_000,
  );

  test("without a manifest is never listed, verified or restored", async () => {
    const storage = await directoryStorage();
    await runDumper({ ...sourceEnv(server, "shop"), ...storage.env });
    const manifest = await manifestOf(storage);
    const object = (await storage.objects()).find((key) => key !== manifest) ?? "";
    await run("rm", [join(storage.env["BACKEND_PATH"] ?? "", manifest)]);

    const listed = await runCli(["list", "--json"], storage.env);
    const verified = await runCli(["verify", object], storage.env);
    const restored = await runCli(["restore", object, "--to", target(server, "shop")], storage.env);

    expect(JSON.parse(listed.stdout)).toMatchObject({ snapshots: [], incomplete: [{ key: object }], broken: [] });
    expect(verified).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("incomplete") });
    expect(restored).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("incomplete") });
  }, 180_000);
});

function flip(bytes: Buffer, position: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[position] = (changed[position] ?? 0) ^ 1;
  return changed;
}
