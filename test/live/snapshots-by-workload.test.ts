import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { mkdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeManifest, type SnapshotManifest } from "../../dumper/sink/snapshot-manifest.ts";
import { type PostgresServer, startPostgres } from "../bed/postgres.ts";
import { until } from "../bed/wait.ts";
import { createDatabase, createOwner, owner, sourceEnv, sql } from "./database.ts";
import { runCli, runDumper } from "./dumper-process.ts";
import { directoryStorage, type TestStorage } from "./storages.ts";

let server: PostgresServer;
let storage: TestStorage;
let first: Stored;
let second: Stored;
let ofStatefulSet: Stored;

/** Three snapshots, of which the database had one, two and three rows. */
beforeAll(async () => {
  server = await startPostgres({ major: 16 });
  await createOwner(server);
  await createDatabase(server, "shop");
  await sql(server, "shop", `SET ROLE "${owner.name}"`, "CREATE TABLE rows AS SELECT 1 AS id");
  storage = await directoryStorage();
  first = await dumped("Deployment", "shop/db");
  second = await dumped("Deployment", "shop/db");
  ofStatefulSet = await dumped("StatefulSet", "billing/db");
}, 300_000);

afterAll(() => server.stop());

interface Stored {
  readonly key: string;
  readonly manifest: SnapshotManifest;
}

/** Dumps as the job of that workload, and adds a row. */
async function dumped(kind: string, workload: string): Promise<Stored> {
  const before = await storage.objects();
  const dumpedAt = Math.floor(Date.now() / 1000);
  const env = { ...sourceEnv(server, "shop"), ...storage.env, HOSTNAME: `pod-${before.length}` };
  const ended = await runDumper({ ...env, KSNAPSHOT_OWNER: workload, KSNAPSHOT_OWNER_KIND: kind });
  expect(ended).toMatchObject({ exitCode: 0 });
  await sql(server, "shop", "INSERT INTO rows VALUES (1)");
  const key = (await storage.objects()).find((one) => one.endsWith(".manifest.json") && !before.includes(one)) ?? "";
  await until("the next second", 5_000, () => Math.floor(Date.now() / 1000) > dumpedAt);
  return { key, manifest: decodeManifest(await readFile(fileOf(key)), key) };
}

function fileOf(key: string): string {
  return join(storage.env["BACKEND_PATH"] ?? "", key);
}

function cli(...args: readonly string[]) {
  return runCli(args, { ...storage.env, PGPASSWORD: owner.password });
}

test("are listed by workload, the newest first, for people and for scripts", async () => {
  const table = await cli("list");
  const json = await cli("list", "--json");
  const ofOne = await cli("list", "shop/db", "--json");

  const lines = table.stdout.trimEnd().split("\n");
  expect(lines.map((line) => line.split(/ {2,}/)[0])).toEqual(["WORKLOAD", "billing/db", "shop/db", "shop/db"]);
  expect(lines.map((line) => line.split(/ {2,}/).at(-1))).toEqual(["KEY", ofStatefulSet.key, second.key, first.key]);
  expect(table).toMatchObject({ exitCode: 0, stderr: "" });
  expect(JSON.parse(json.stdout)).toEqual({
    snapshots: [
      { key: ofStatefulSet.key, workload: "billing/db", ...ofStatefulSet.manifest },
      { key: second.key, workload: "shop/db", ...second.manifest },
      { key: first.key, workload: "shop/db", ...first.manifest },
    ],
    incomplete: [],
    foreign: [],
    broken: [],
  });
  expect(JSON.parse(ofOne.stdout)).toMatchObject({ snapshots: [{ key: second.key }, { key: first.key }] });
}, 60_000);

test("that the original stored, without a manifest, are taken by their key", async () => {
  const [object] = first.manifest.objects;
  const dump = await readFile(fileOf(object?.key ?? ""));
  const folder = "2026/10/02/postgresql";
  const whole = `${folder}/dump-ksnapshot-postgresql-shop-db-ad9c1afe-29300180-aaaaa-shop-20261002030000.sql.gz`;
  const cut = whole.replace("29300180", "29300181");
  await mkdir(fileOf(folder), { recursive: true });
  await writeFile(fileOf(whole), dump);
  await writeFile(fileOf(cut), dump.subarray(0, -100));
  await createDatabase(server, "of the original");
  const to = `postgres://${encodeURIComponent(owner.name)}@${server.host}:${server.port}`;

  const asked = await cli("verify", whole);
  const verified = await cli("verify", whole, "--without-manifest");
  const guessed = await cli("restore", whole, "--without-manifest", "--to", to);
  const refused = await cli("restore", cut, "--without-manifest", "--to", `${to}/of%20the%20original`);
  const empty = await sql(server, "of the original", "SELECT count(*) FROM pg_tables WHERE tablename = 'rows'");
  const restored = await cli("restore", whole, "--without-manifest", "--to", `${to}/of%20the%20original`);

  expect(asked).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("add --without-manifest") });
  expect(verified).toMatchObject({ exitCode: 3, stdout: expect.stringContaining("another tool made it") });
  expect(guessed).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("name the database") });
  expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("is damaged") });
  expect(empty).toBe("0");
  expect(restored).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("no manifest names it") });
  expect(await sql(server, "of the original", "SELECT count(*) FROM rows")).toBe("1");
  await Promise.all([whole, cut].map((key) => rm(fileOf(key))));
}, 60_000);

test("are not guessed where another installation has some of a workload of that name", async () => {
  const shared = await directoryStorage();
  const ofCluster = async (cluster: string) => {
    const env = { ...sourceEnv(server, "shop"), ...shared.env, HOSTNAME: `pod-of-${cluster}` };
    return runDumper({ ...env, KSNAPSHOT_CLUSTER: cluster, KSNAPSHOT_OWNER: "shop/db" });
  };
  const ask = (...args: readonly string[]) => runCli(args, shared.env);
  expect([await ofCluster("prod"), await ofCluster("staging")]).toMatchObject([{ exitCode: 0 }, { exitCode: 0 }]);

  const listed = await ask("list", "shop/db");
  const guessed = await ask("verify", "shop/db");
  const restored = await ask("restore", "shop/db", "--to", `postgres://shop@${server.host}:${server.port}/none`);
  const told = await ask("verify", "shop/db", "--cluster", "prod");
  const misspelt = await Promise.all([ask("list", "--cluster", "prd"), ask("verify", "shop/db", "--cluster", "prd")]);

  expect(listed.stdout.split("\n").map((line) => line.split(/ {2,}/)[0])).toEqual(["CLUSTER", "staging", "prod", ""]);
  const doubt = expect.stringContaining("say --cluster prod or --cluster staging");
  expect([guessed, restored]).toMatchObject([
    { exitCode: 2, stderr: doubt },
    { exitCode: 2, stderr: doubt },
  ]);
  expect(told).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("pod-of-prod") });
  const clusters = expect.stringContaining('installation "prd" in');
  expect(misspelt).toMatchObject([
    { exitCode: 1, stderr: clusters },
    { exitCode: 1, stderr: clusters },
  ]);
  expect(misspelt[0].stderr).toContain("there are some of prod, staging");
}, 60_000);

interface Asked {
  readonly name: string;
  readonly reference: () => string;
  readonly args?: readonly string[];
  /** That come back. */
  readonly rows: number;
}

test.each<Asked>([
  { name: "the newest", reference: () => "shop/db", rows: 2 },
  { name: "the newest at a time", reference: () => `shop/db@${first.manifest.startedAt.slice(0, 19)}`, rows: 1 },
  { name: "one by its kind", reference: () => "statefulset/billing/db", rows: 3 },
  { name: "one by its key", reference: () => first.key, rows: 1 },
  { name: "one database of it", reference: () => "shop/db", args: ["--object", "shop"], rows: 2 },
])(
  "are verified and restored as $name",
  async ({ name, reference, args = [], rows }) => {
    await createDatabase(server, name);
    const user = encodeURIComponent(owner.name);
    const to = `postgres://${user}@${server.host}:${server.port}/${encodeURIComponent(name)}`;

    const verified = await cli("verify", reference(), ...args);
    const restored = await cli("restore", reference(), ...args, "--to", to);

    expect(verified).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("whole") });
    expect(restored).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("Restored ") });
    expect(await sql(server, name, "SELECT count(*) FROM rows")).toBe(String(rows));
  },
  60_000,
);

test.each([
  { args: ["verify", "shop/nothing"], exitCode: 1, stderr: "there are some of billing/db, shop/db" },
  { args: ["verify", "shop/db", "--object", "orders"], exitCode: 2, stderr: 'which holds "shop"' },
  { args: ["verify", "shop/db@noon"], exitCode: 2, stderr: '"noon" is not a time' },
  { args: ["list", "shop/db@2026-01-31"], exitCode: 2, stderr: "is not a workload" },
])(
  "are not taken for another: $args",
  async ({ args, exitCode, stderr }) => {
    expect(await cli(...args)).toMatchObject({ exitCode, stderr: expect.stringContaining(stderr) });
  },
  60_000,
);

test("are found by the key of an object whatever stands beside their manifest", async () => {
  const [object] = first.manifest.objects;
  const beside = first.key.replace(/dump-pod-\d+/, "dump-another");
  await writeFile(fileOf(beside), "");

  const verified = await cli("verify", object?.key ?? "");
  await rm(fileOf(beside));

  expect(beside).not.toBe(first.key);
  expect(verified).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("whole") });
}, 60_000);

test("that are broken are told, and passed over for an older one", async () => {
  const [object] = second.manifest.objects;
  await truncate(fileOf(object?.key ?? ""), 10);

  const listed = await cli("list", "shop/db");
  const verified = await cli("verify", "shop/db");

  expect(listed).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/is broken: it says that .* which has 10/),
  });
  expect(verified).toMatchObject({ exitCode: 0, stderr: expect.stringContaining(`passed over ${second.key}`) });
  expect(verified.stdout).toContain(first.manifest.objects[0]?.key);

  await rm(fileOf(second.key));
  const incomplete = await cli("list");
  expect(incomplete).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("1 object is incomplete") });
  expect(incomplete.stderr).toContain(object?.key);
}, 60_000);
