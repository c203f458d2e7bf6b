import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
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

describe("who takes connections and never answers", () => {
  let silent: Server;
  let port: string;

  beforeAll(async () => {
    silent = createServer((socket) => socket.on("error", () => socket.destroy()).resume());
    await once(silent.listen(0, "127.0.0.1"), "listening");
    port = String((silent.address() as AddressInfo).port);
  });

  afterAll(async () => {
    await once(silent.close(), "close");
  });

  const patience = { NO_PROGRESS_TIMEOUT_SECONDS: "2" };
  const inTime = 20; // well below what the clients wait for by themselves

  test.each([
    [
      "database",
      () => ({ ...sourceEnv(server, "shop"), POSTGRESQL_PORT: port }),
      3,
      /^ksnapshot: the database stalled/,
    ],
    [
      "storage",
      () => ({
        ...sourceEnv(server, "shop"),
        ...{ BACKEND_TYPE: "s3", BACKEND_BUCKET: "b", BACKEND_S3_ENDPOINT: `http://127.0.0.1:${port}` },
        ...{ BACKEND_S3_ACCESS_KEY: "key", BACKEND_S3_SECRET_KEY: "secret" },
      }),
      4,
      /^ksnapshot: the storage stalled/,
    ],
  ])(
    "ends a check when it is the %s",
    async (_, env, exitCode, problem) => {
      const storage = await directoryStorage();

      const ended = await runCli(["dump", "--check"], { ...storage.env, ...env(), ...patience });

      expect(ended).toMatchObject({ exitCode, stderr: expect.stringMatching(problem) });
      expect(ended.seconds).toBeLessThan(inTime);
    },
    60_000,
  );

  test("ends a restore", async () => {
    const storage = await directoryStorage();
    await runDumper({ ...sourceEnv(server, "shop"), ...storage.env });
    const key = (await storage.objects()).find((one) => one.endsWith(".manifest.json")) ?? "";
    const env = { ...storage.env, ...patience, PGPASSWORD: owner.password };

    const ended = await runCli(["restore", key, "--to", `postgres://shop@127.0.0.1:${port}/shop`], env);

    expect(ended).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/^ksnapshot: the target stalled/) });
    expect(ended.seconds).toBeLessThan(inTime);
  }, 60_000);
});
