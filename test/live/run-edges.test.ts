import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type PostgresServer, startPostgres } from "../bed/postgres.ts";
import { createDatabase, createOwner, owner, sourceEnv } from "./database.ts";
import { runCli, runDumper } from "./dumper-process.ts";
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

describe("a database whose name is too long for a file once it is encoded", () => {
  const name = "é".repeat(31); // 62 bytes, of which each becomes three
  const env = { ...sourceEnv({ host: "127.0.0.1", port: 0 }, name), HOSTNAME: "p".repeat(63) };

  beforeAll(async () => {
    await createDatabase(server, name);
  });

  test.each([
    ["alone", { POSTGRESQL_DATABASE: name, POSTGRESQL_USERNAME: owner.name }],
    ["among all", { POSTGRESQL_DATABASE: "*" }],
  ])(
    "is refused %s before the first byte, and by the check",
    async (_, scope) => {
      const storage = await directoryStorage();
      const asSuperuser = { POSTGRESQL_USERNAME: server.superuser, POSTGRESQL_PASSWORD: server.password };
      const all = { ...env, ...storage.env, POSTGRESQL_PORT: String(server.port), ...asSuperuser, ...scope };
      const here = scope.POSTGRESQL_DATABASE === "*" ? all : { ...all, POSTGRESQL_PASSWORD: owner.password };

      const dumped = await runDumper(here);
      const checked = await runCli(["dump", "--check"], here);

      expect(dumped).toMatchObject({ exitCode: 2 });
      expect(dumped.stderr).toMatch(
        /the name of a file may have 255 bytes, and dump-p+-(%C3%A9)+-\d+\.sql\.gz has \d+; rename/,
      );
      expect([await storage.objects(), await storage.unfinished()]).toEqual([[], []]);
      expect(checked.exitCode).toBe(3);
      expect(checked.stderr).toMatch(/the name of a file may have 255 bytes/);
    },
    60_000,
  );
});
