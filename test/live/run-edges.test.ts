import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type PostgresServer, startPostgres } from "../bed/postgres.ts";
import { createDatabase, createOwner, sourceEnv } from "./database.ts";
import { runDumper } from "./dumper-process.ts";
import { directoryStorage } from "./storages.ts";

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres({ major: 16 });
  await createOwner(server);
  await createDatabase(server, "shop");
}, 300_000);

afterAll(() => server.stop());

test("a run whose last words cannot be written is stored all the same", async () => {
  const storage = await directoryStorage();

  const ended = await runDumper({ ...sourceEnv(server, "shop"), ...storage.env, TERMINATION_LOG: "/dev/full" });

  expect(ended).toMatchObject({ exitCode: 0 });
  expect(ended.stderr).toMatch(
    /"path":"\/dev\/full","problem":"ENOSPC[^"]*","msg":"Could not write termination message"/,
  );
  expect(await storage.objects()).toHaveLength(2);
}, 60_000);
