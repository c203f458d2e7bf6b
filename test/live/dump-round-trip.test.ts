import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { identityToRecipient } from "age-encryption";
import { agePrograms } from "../bed/age.ts";
import { ensureDebianPackages } from "../bed/apt.ts";
import { run } from "../bed/command.ts";
import { freePort } from "../bed/port.ts";
import type { Environment } from "../../contract/dump-request.ts";
import { postgresClientMajors, postgresClients } from "../bed/postgres-clients.ts";
import { type PostgresMajor, postgresMajors } from "../bed/postgres-server.ts";
import { type PostgresServer, startPostgres } from "../bed/postgres.ts";
import { type S3Server, startVersitygw } from "../bed/s3.ts";
import { contentOf, createDatabase, createOwner, fill, owner, sourceEnv, sql } from "./database.ts";
import { runCli, runDumper } from "./dumper-process.ts";
import { everythingOf, fillAwkward } from "./postgresql-awkward.ts";
import { pathOfEveryMajor } from "./postgresql-path.ts";
import { bucketStorage, directoryStorage, type TestStorage } from "./storages.ts";

const rows = 3_000;
const password = { PGPASSWORD: owner.password };

let s3: S3Server;
let work: string;
let identity: string;
let recipient: string;

beforeAll(async () => {
  await ensureDebianPackages(["isal"]);
  s3 = await startVersitygw();
  work = await mkdtemp(join(tmpdir(), "ksnapshot-round-trip-"));
  const { keygen } = await agePrograms();
  identity = join(work, "key.txt");
  await run(keygen, ["-o", identity]);
  const key = (await readFile(identity, "utf8")).split("\n").find((line) => line.startsWith("AGE-SECRET-KEY-"));
  recipient = await identityToRecipient(key ?? "");
}, 900_000);

afterAll(() => s3.stop(), 60_000);

function target(server: PostgresServer, database: string): string {
  const user = encodeURIComponent(owner.name);
  return `postgres://${user}@${server.host}:${server.port}/${encodeURIComponent(database)}`;
}

async function manifestOf(storage: TestStorage): Promise<string> {
  const manifests = (await storage.objects()).filter((key) => key.endsWith(".manifest.json"));
  expect(manifests).toHaveLength(1);
  return manifests[0] ?? "";
}

describe.each(postgresMajors)("a database of PostgreSQL %i with every awkward thing", (major: PostgresMajor) => {
  const clients = postgresClientMajors.find((one) => one >= major);
  let source: PostgresServer;
  let empty: PostgresServer;
  let original: readonly string[];
  let env: Environment;

  beforeAll(async () => {
    [source, empty] = await Promise.all([startPostgres({ major }), startPostgres({ major })]);
    await Promise.all([createOwner(source), createOwner(empty)]);
    await createDatabase(source, "shop");
    await fillAwkward(source, "shop");
    original = await everythingOf(source, "shop");
    env = {
      ...sourceEnv({ host: "localhost", port: source.port }, "shop"), // a name: older clients find no address in a certificate
      ...(clients === 16 ? {} : { POSTGRESQL_SSLMODE: "verify-full", POSTGRESQL_CA_FILE: source.caFile }), // 16 has no TLS here
      ...{ ENCRYPTION_ENABLED: "true", ENCRYPTION_RECIPIENT: recipient },
      PATH: await pathOfEveryMajor(),
    };
  }, 300_000);

  afterAll(() => Promise.all([source.stop(), empty.stop()]), 60_000);

  test("comes back equal into an empty server", async () => {
    const storage = await bucketStorage(s3);
    await createDatabase(empty, "back");

    expect(await runDumper({ ...env, ...storage.env, COMPRESSION: "zstd" })).toMatchObject({ exitCode: 0 });
    const key = await manifestOf(storage);
    const to = target(empty, "back");
    const back = await runCli(["restore", key, "--to", to, "--identity", identity], { ...storage.env, ...password });

    expect(back).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await everythingOf(empty, "back")).toEqual(original);
  }, 180_000);

  test("comes back equal with age, gunzip and psql alone", async () => {
    const storage = await directoryStorage();
    await createDatabase(empty, "by hand");
    const { age } = await agePrograms();

    expect(await runDumper({ ...env, ...storage.env })).toMatchObject({ exitCode: 0 });
    const [object = "", manifest = ""] = (await storage.objects())
      .map((key) => join(storage.env["BACKEND_PATH"] ?? "", key))
      .sort(byExtension);
    const line = `"$1" -d -i "$2" "$3" | gunzip | "$4" -X -q -1 -v ON_ERROR_STOP=1 -d "$5"`;
    const args = [age, identity, object, join(await postgresClients(), "psql"), target(empty, "by hand")];
    await run("bash", ["-o", "pipefail", "-c", line, "bash", ...args], { env: password });

    expect(await everythingOf(empty, "by hand")).toEqual(original);
    // Made with the clients of its own major, or with the next newer ones there are.
    expect(JSON.parse(await readFile(manifest, "utf8"))).toMatchObject({
      serverVersion: expect.stringMatching(`^${major}\\.`),
      toolVersion: expect.stringMatching(`^${clients}\\.`),
      skipped: [],
    });
  }, 180_000);
});

/** The dump before its manifest. */
function byExtension(a: string, b: string): number {
  return Number(a.endsWith(".json")) - Number(b.endsWith(".json"));
}

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
      const sealed = await runCli(["verify", key], storage.env);
      const back = await runCli(["restore", key, "--to", target(server, database), "--identity", identity], {
        ...storage.env,
        ...password,
      });

      expect(verified).toMatchObject({ exitCode: 0 });
      expect(sealed).toMatchObject({ exitCode: encrypted ? 3 : 0 });
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
