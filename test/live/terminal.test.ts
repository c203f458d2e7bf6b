import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, open, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { encodeManifest } from "../../dumper/sink/snapshot-manifest.ts";
import { postgresClients } from "../bed/postgres-clients.ts";
import { type PostgresServer, startPostgres } from "../bed/postgres.ts";
import { snapshotAt } from "../support/snapshots.ts";
import { openTerminal } from "../support/terminal.ts";
import { createDatabase, createOwner, fill, owner, sourceEnv, sql } from "./database.ts";
import { clientPath } from "./mysql-server.ts";
import { directoryStorage, type TestStorage } from "./storages.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const untouched = { isCursorShown: true, isWrapping: true, isStyled: false };
const bar = /\r?.*[█░].* %/u;

let server: PostgresServer;
let storage: TestStorage;
let path: string;

beforeAll(async () => {
  server = await startPostgres({ major: 16 });
  await createOwner(server);
  await createDatabase(server, "shop");
  await fill(server, "shop", 100);
  storage = await directoryStorage();
  path = `${await postgresClients()}:${process.env["PATH"] ?? ""}`;
}, 300_000);

afterAll(() => server.stop());

function onTerminal(columns: number, args: readonly string[], env = {}) {
  return openTerminal([process.execPath, "cli/main.ts", ...args], {
    columns,
    cwd: root,
    env: { PATH: path, PGPASSWORD: owner.password, ...storage.env, ...env },
  });
}

describe.each([60, 80, 140])("on a terminal of %i columns", (columns) => {
  test("a snapshot is dumped, verified and restored, each with a bar that is gone at its end", async () => {
    await sql(server, "postgres", `DROP DATABASE IF EXISTS back${columns}`);
    await createDatabase(server, `back${columns}`);

    const dumped = await onTerminal(columns, ["dump"], sourceEnv(server, "shop")).ended;
    const key = /\S+\.manifest\.json/.exec(dumped.written.replace(/\r?\n/g, " "))?.[0] ?? "";
    const verified = await onTerminal(columns, ["verify", key]).ended;
    const url = `postgres://${encodeURIComponent(owner.name)}@${server.host}:${server.port}/back${columns}`;
    const restored = await onTerminal(columns, ["restore", key, "--to", url]).ended;

    expect(dumped.written).toMatch(/dumped \d+ B {2}stored/);
    for (const shown of [verified, restored]) expect(shown.written).toMatch(bar);
    for (const { exitCode, screen } of [dumped, verified, restored]) {
      expect({ exitCode, ...screen }).toMatchObject({ exitCode: 0, ...untouched });
      expect(screen.lines.join("\n")).not.toMatch(bar);
    }
    expect(verified.screen.lines[0]).toMatch(/^whole/);
    expect(restored.screen.lines.join("")).toMatch(/Restored .*Took/);
  }, 60_000);

  test("the bar leaves room in its line for the ^C of the terminal", async () => {
    const { key } = await endless("2026-01-01T00:00:00Z");
    const session = onTerminal(columns, ["verify", key]);
    await session.shows(bar);
    session.type("\x03");
    const { written } = await session.ended;

    const drawn = written.split(/\r|\x1b\[\w+/).filter((line) => /[█░]/u.test(line)); // eslint-disable-line no-control-regex -- what moves the cursor
    expect(drawn.length).toBeGreaterThan(0);
    for (const line of drawn) expect(line.length).toBeLessThanOrEqual(columns - 2);
  }, 60_000);
});

test("what the snapshot does not hold is told by all who write or read it, beside the data", async () => {
  await createDatabase(server, "partly");
  const env = { ...sourceEnv(server, "shop"), SKIP: "large-objects" };

  const dumped = await onTerminal(2000, ["dump"], env).ended;
  const key = /\S+\.manifest\.json/.exec(dumped.written)?.[0] ?? "";
  const verified = await onTerminal(2000, ["verify", key]).ended;
  const url = `postgres://${encodeURIComponent(owner.name)}@${server.host}:${server.port}/partly`;
  const restored = await onTerminal(2000, ["restore", key, "--to", url]).ended;

  for (const { exitCode, screen } of [dumped, verified, restored]) {
    expect(exitCode).toBe(0);
    expect(screen.lines.at(-1)).toBe("left out of the snapshot: large objects: on purpose (skip: large-objects)");
  }
}, 60_000);

test("what was passed over is told before the end, which says that not all is restored", async () => {
  await createDatabase(server, "used");
  const dumped = await onTerminal(2000, ["dump"], sourceEnv(server, "shop")).ended;
  const key = /\S+\.manifest\.json/.exec(dumped.written)?.[0] ?? "";
  const url = `postgres://${encodeURIComponent(owner.name)}@${server.host}:${server.port}/used`;
  await onTerminal(2000, ["restore", key, "--to", url]).ended;

  const args = ["restore", key, "--to", url, "--into-non-empty", "--keep-going"];
  const { exitCode, screen } = await onTerminal(2000, args).ended;

  const failed = screen.lines.filter((line) => line.startsWith("failed and passed over: "));
  expect(exitCode).toBe(1);
  expect(failed.length).toBeGreaterThan(0);
  expect(screen.lines.slice(0, failed.length)).toEqual(failed);
  expect(screen.lines.slice(failed.length)).toEqual([
    expect.stringMatching(/^Restored in part .*: /),
    `Not all is restored: ${failed.length} lines tell on stderr what failed and was passed over`,
    expect.stringMatching(/^Took /),
  ]);
}, 60_000);

test("what fails leaves the terminal as it was", async () => {
  const { key } = await endless("2026-01-01T01:00:00Z", "not what the manifest says");

  const damaged = await onTerminal(80, ["verify", key]).ended;
  const refused = await onTerminal(80, ["restore", key, "--to", "postgres://shop@127.0.0.1:1/shop"]).ended;
  const failed = await onTerminal(80, ["dump"], { ...sourceEnv(server, "shop"), POSTGRESQL_PORT: "1" }).ended;

  expect([damaged.exitCode, refused.exitCode, failed.exitCode]).toEqual([1, 1, 3]);
  for (const { screen } of [damaged, refused, failed]) {
    expect(screen).toMatchObject(untouched);
    expect(screen.lines.join("\n")).not.toMatch(/[█░]|\.ts:\d+/u);
  }
}, 60_000);

test.each([
  {
    engine: "mysql" as const,
    url: "mysql://shop@127.0.0.1:1/shop",
    remedy: "; check the host and port in --to, that the server runs, and that the network lets this machine reach it",
  },
  {
    engine: "elasticsearch" as const,
    url: "http://127.0.0.1:1",
    remedy: "; check the host and port in --to, the network, and that the server runs",
  },
])(
  "a restore that does not reach $url speaks of what it was given",
  async ({ engine, url, remedy }) => {
    const { key, manifest } = snapshotAt("2026-01-01T04:00:00Z", { engine });
    const file = join(storage.env["BACKEND_PATH"] ?? "", key);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, encodeManifest(manifest));
    for (const object of manifest.objects) {
      await writeFile(join(storage.env["BACKEND_PATH"] ?? "", object.key), Buffer.alloc(object.bytes));
    }

    const { exitCode, screen } = await onTerminal(2000, ["restore", key, "--to", url], { PATH: await clientPath() })
      .ended;

    expect(exitCode).toBe(1);
    expect(screen.lines.join("\n")).toContain(remedy);
  },
  60_000,
);

test.each([40, 60, 64, 80])(
  "Ctrl-C ends it and leaves a terminal of %i columns as it was",
  async (columns) => {
    const { key } = await endless("2026-01-01T02:00:00Z");
    const session = onTerminal(columns, ["verify", key]);
    await session.shows(bar);

    session.type("\x03");
    const { exitCode, screen } = await session.ended;

    expect({ exitCode, ...screen }).toMatchObject({ exitCode: 130, ...untouched });
    expect(screen.lines.join("\n")).toMatch(/^(\^C)?ksnapshot: ended by SIGINT$/);
  },
  60_000,
);

test.each([
  { time: "2026-01-01T05:00:00Z", options: [], left: "The database is as it was" },
  { time: "2026-01-01T06:00:00Z", options: ["--keep-going"], left: "The target may hold a part of the snapshot" },
])(
  "Ctrl-C in a restore says what is left in the target: $options",
  async ({ time, options, left }) => {
    const { key } = await endless(time);
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const connected = once(silent, "connection") as Promise<[Socket]>;
    const to = `postgres://shop@127.0.0.1:${port}/shop`;
    const session = onTerminal(120, ["restore", key, "--to", to, ...options]);
    const [connection] = await connected;

    session.type("\x03");
    const { exitCode, screen } = await session.ended;
    connection.destroy();
    silent.close();

    expect({ exitCode, ...screen }).toMatchObject({ exitCode: 130, ...untouched });
    expect(screen.lines.join("\n")).toContain(left);
  },
  60_000,
);

test("Ctrl-C ends a dump by SIGINT as well, though its programs are given it too", async () => {
  const silent = createServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as AddressInfo;
  const connected = once(silent, "connection") as Promise<[Socket]>;
  const env = { ...sourceEnv(server, "shop"), POSTGRESQL_HOST: "127.0.0.1", POSTGRESQL_PORT: String(port) };
  const session = onTerminal(80, ["dump"], env);
  const [connection] = await connected;

  session.type("\x03");
  const { exitCode, screen } = await session.ended;
  connection.destroy();
  silent.close();

  expect({ exitCode, ...screen }).toMatchObject({ exitCode: 130, ...untouched });
}, 60_000);

test.each([
  { key: "Ctrl-C", typed: "\x03", exitCode: 130, said: "ksnapshot: ended by SIGINT" },
  { key: "Ctrl-D", typed: "\x04", exitCode: 1, said: "ksnapshot: no password was given; type it, or set PGPASSWORD" },
])(
  "$key where a password is asked for ends it without a stack",
  async ({ typed, exitCode, said }) => {
    const { key } = await endless("2026-01-01T03:00:00Z");
    const url = `postgres://${encodeURIComponent(owner.name)}@${server.host}:${server.port}/shop`;
    const session = onTerminal(140, ["restore", key, "--to", url], { PGPASSWORD: undefined });
    await session.shows(/Password of shop owner at .*: /);

    session.type(typed);
    const ended = await session.ended;

    expect({ exitCode: ended.exitCode, ...ended.screen }).toMatchObject({ exitCode, ...untouched });
    expect(ended.screen.lines.slice(1)).toEqual([said]);
  },
  60_000,
);

describe("names and manifests from outside", () => {
  const attack = "\x1b[2J\x1b]0;owned\x07\x1b[31m\u009b8m\u202e\x7f\nwhole  fine";
  const shown = String.raw`\u001b[2J\u001b]0;owned\u0007\u001b[31m\u009b8m\u202e\u007f\nwhole  fine`;
  let hostile: TestStorage;
  let key: string;

  beforeAll(async () => {
    hostile = await directoryStorage();
    const snapshot = snapshotAt("2026-01-01T00:00:00Z");
    const [object] = snapshot.manifest.objects;
    const manifest = { ...snapshot.manifest, serverVersion: attack, objects: [{ ...object, name: attack, bytes: 0 }] };
    key = snapshot.key;
    const folder = dirname(key);
    await place(key, JSON.stringify(manifest));
    await place(object?.key ?? "", "");
    await place(`${folder}/dump-${attack.replaceAll("/", "")}-20260102000000.sql`, "");
    await place(`${folder}/dump-pod-20260103000000.manifest.json`, attack);
  });

  async function place(name: string, content: string): Promise<void> {
    const file = join(hostile.env["BACKEND_PATH"] ?? "", name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }

  test.each([
    { args: ["list"], exitCode: 1, tells: [shown, "is broken"] },
    { args: ["list", "--json"], exitCode: 1, tells: [shown] },
    { args: ["verify", "KEY", "--object", "none"], exitCode: 2, tells: [shown] },
    { args: ["verify", "KEY", "--object", attack], exitCode: 1, tells: ["is damaged"] },
  ])(
    "reach no terminal as control characters by $args.0 $args.1",
    async ({ args, exitCode, tells }) => {
      const command = args.map((arg) => (arg === "KEY" ? key : arg));
      const ended = await onTerminal(2000, command, { ...hostile.env, FORCE_COLOR: "1" }).ended;

      const control = /[\p{Bidi_Control}\p{Zl}\p{Zp}\x7f-\x9f]/u;
      const text = ended.screen.lines.join("\n"); // which takes only what our own formatting is made of
      expect(ended.exitCode).toBe(exitCode);
      expect(ended.written).not.toMatch(control);
      expect(ended.written).not.toContain("\x1b[2J");
      expect(text).not.toMatch(/^whole/m);
      for (const told of tells) expect(text).toContain(told);
    },
    60_000,
  );

  test("reach no terminal as control characters by the log, and our own colours do by list", async () => {
    const env = { ...hostile.env, ...sourceEnv(server, "shop"), POSTGRESQL_USERNAME: "shop\x1b[2J\u009b" };
    const logged = await openTerminal([process.execPath, "dumper/main.ts"], {
      columns: 2000,
      cwd: root,
      env: { PATH: path, ...env, TERMINATION_LOG: "/dev/null" },
    }).ended;
    const listed = await onTerminal(2000, ["list"], { ...hostile.env, FORCE_COLOR: "1" }).ended;

    expect(logged.exitCode).toBe(3);
    expect(logged.written).toMatch(/Failed to store snapshot[^]*shop\\+u001b\[2J\\+u009b/);
    expect(listed.written).toContain("\x1b[31m2026/01/01");
  }, 60_000);
});

/** A snapshot whose reading takes minutes: a file of nothing but holes. @param content instead of it */
async function endless(time: string, content?: string) {
  const snapshot = snapshotAt(time);
  const [object] = snapshot.manifest.objects;
  if (object === undefined) throw new Error("no object");
  const objects = [
    { ...object, key: object.key.replace(".gz", "") as typeof object.key, compression: "none" as const },
  ];
  const sha256 = createHash("sha256").digest("hex");
  const file = (key: string) => join(storage.env["BACKEND_PATH"] ?? "", key);
  await mkdir(dirname(file(snapshot.key)), { recursive: true });
  if (content === undefined) await sparse(file(objects[0]?.key ?? ""), 2 ** 40);
  else await writeFile(file(objects[0]?.key ?? ""), content);
  const manifest = {
    ...snapshot.manifest,
    objects: objects.map((one) => ({ ...one, sha256, bytes: 2 ** 40, dumpBytes: 2 ** 40 })),
  };
  await writeFile(file(snapshot.key), encodeManifest(manifest));
  return { key: snapshot.key };
}

async function sparse(file: string, bytes: number): Promise<void> {
  await rm(file, { force: true });
  const handle = await open(file, "w");
  await handle.truncate(bytes);
  await handle.close();
}
