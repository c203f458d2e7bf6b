import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { startStandby } from "../bed/postgres-standby.ts";
import { type PostgresServer, startPostgres } from "../bed/postgres.ts";
import { until } from "../bed/wait.ts";
import { createDatabase, createOwner, owner, sourceEnv, sql } from "./database.ts";
import { runCli, runDumper } from "./dumper-process.ts";
import { manifestOf, password, target } from "./postgresql-restoring.ts";
import { directoryStorage } from "./storages.ts";

let primary: PostgresServer;
let standby: PostgresServer;

beforeAll(async () => {
  primary = await startPostgres({ major: 18 });
  await createOwner(primary);
  await createDatabase(primary, "shop");
  standby = await startStandby(primary);
  await sql(
    primary,
    "shop",
    `SET SESSION AUTHORIZATION "${owner.name}"`,
    "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS id",
    "CREATE UNLOGGED TABLE lost (id serial, word text)",
    "INSERT INTO lost (word) SELECT 'word' FROM generate_series(1, 1000)",
  );
  // The standby refuses the isolation that the role asks for.
  await sql(primary, "postgres", `ALTER ROLE "${owner.name}" SET default_transaction_isolation = 'serializable'`);
  const position = await sql(primary, "postgres", "SELECT pg_current_wal_lsn()");
  const replayed = `SELECT pg_last_wal_replay_lsn() >= '${position}'::pg_lsn`;
  await until("the standby to have all of it", 60_000, async () => (await sql(standby, "postgres", replayed)) === "t");
}, 180_000);

afterAll(async () => {
  await standby.stop();
  await primary.stop();
}, 60_000);

test("a standby is dumped, and what only its primary has is named", async () => {
  const storage = await directoryStorage();
  const env = { ...sourceEnv(standby, "shop"), ...storage.env, HOSTNAME: "pod" };

  const checked = await runCli(["dump", "--check"], env);
  const dumped = await runDumper(env);
  expect(dumped).toMatchObject({ exitCode: 0 });
  const key = await manifestOf(storage);
  await createDatabase(primary, "back");
  const restored = await runCli(["restore", key, "--to", target(primary, "back")], { ...storage.env, ...password });

  expect(checked).toMatchObject({ exitCode: 0, stderr: "" });
  expect(checked.stdout).toMatch(/left out {2}content of the unlogged public\.lost: a standby does not have it/);
  expect(checked.stdout).toMatch(/note {6}A standby was dumped, which had replayed .* until \S+Z\. It had \d+ bytes/);
  const manifest = JSON.parse(await readFile(join(storage.env["BACKEND_PATH"] ?? "", key), "utf8")) as {
    readonly skipped: readonly string[];
    readonly notes: readonly string[];
  };
  expect(manifest.skipped).toEqual([
    "content of the unlogged public.lost: a standby does not have it",
    "content of the unlogged public.lost_id_seq: a standby does not have it",
  ]);
  expect(manifest.notes[0]).toMatch(/^A standby was dumped/);
  expect(restored).toMatchObject({
    exitCode: 0,
    stderr:
      "left out of the snapshot: content of the unlogged public.lost, content of the unlogged public.lost_id_seq: a standby does not have it\n",
  });
  expect(await sql(primary, "back", "SELECT count(*) FROM kept")).toBe("1000");
  expect(await sql(primary, "back", "SELECT count(*) FROM lost")).toBe("0");
}, 120_000);
