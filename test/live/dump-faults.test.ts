import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../../contract/dump-request.ts";
import { dumpExitCode } from "../../contract/exit-code.ts";
import type { LastWords } from "../../dumper/last-words.ts";
import { Progress } from "../../dumper/progress.ts";
import { listSnapshots } from "../../dumper/restore/snapshots.ts";
import { verifyObject } from "../../dumper/restore/verify.ts";
import { openStorage } from "../../dumper/sink/object-storage.ts";
import { ensureDebianPackages } from "../bed/apt.ts";
import { run } from "../bed/command.ts";
import { type FaultProxy, isOperation, startFaultProxy } from "../bed/http-proxy.ts";
import { type PostgresServer, startPostgres } from "../bed/postgres.ts";
import { type S3Server, startVersitygw } from "../bed/s3.ts";
import { startToxiproxy, type ToxicProxy, type Toxiproxy } from "../bed/toxiproxy.ts";
import { freePort } from "../bed/port.ts";
import { until } from "../bed/wait.ts";
import { createDatabase, createOwner, fill, owner, sourceEnv, sql } from "./database.ts";
import { childOf, type Ended, runDumper } from "./dumper-process.ts";
import { bucketStorage, directoryStorage, type TestStorage } from "./storages.ts";

/** The dump is about 22 MiB, which uncompressed makes three parts. */
const rows = 20_000;
/** Slows the dump down to some seconds, so that something can happen in its middle. */
const slow = { type: "bandwidth", attributes: { rate: 3_000 } } as const;
const database = "shop";
const { invalid, source, storage: storageFailed, terminated } = dumpExitCode;

let postgres: PostgresServer;
let s3: S3Server;
let s3Proxy: FaultProxy;
let toxiproxy: Toxiproxy;

beforeAll(async () => {
  await ensureDebianPackages(["isal"]);
  [postgres, s3, toxiproxy] = await Promise.all([startPostgres({ major: 16 }), startVersitygw(), startToxiproxy()]);
  s3Proxy = await startFaultProxy(s3.endpoint);
  await prepare(postgres);
}, 300_000);

afterAll(async () => {
  await s3Proxy.close();
  await Promise.all([postgres.stop(), s3.stop(), toxiproxy.stop()]);
});

async function prepare(server: PostgresServer): Promise<void> {
  await createOwner(server);
  await createDatabase(server, database);
  await fill(server, database, rows);
}

/** Everything that a fault may act on. */
interface Scene {
  readonly server: PostgresServer;
  /** Between the dump tool and the server. */
  readonly connection: ToxicProxy;
  /** Resolves when the dump tool is reading the large table. */
  readonly midway: () => Promise<void>;
}

interface Fault {
  /** Put over the environment of a dump that stores. */
  readonly env?: (scene: Scene) => Promise<Environment> | Environment;
  /** Done before the dump starts. */
  readonly before?: (scene: Scene) => Promise<void> | void;
  /** Done while it runs. */
  readonly during?: (scene: Scene, pid: number) => Promise<void>;
}

interface Row {
  readonly name: string;
  readonly storage: "bucket" | "full directory";
  /** The row breaks the server, and gets one of its own. */
  readonly ownServer?: true;
  readonly fault: Fault;
  readonly end: { readonly exitCode: number; readonly message: RegExp } | "stored";
}

const faults: readonly Row[] = [
  {
    name: "the password is wrong",
    storage: "bucket",
    fault: { env: () => ({ POSTGRESQL_PASSWORD: "not the password" }) },
    end: { exitCode: source, message: /password authentication failed.*; correct the user or password/ },
  },
  {
    name: "the database is gone",
    storage: "bucket",
    fault: { env: () => ({ POSTGRESQL_DATABASE: "gone" }) },
    end: { exitCode: source, message: /database "gone" does not exist.*; correct the name/ },
  },
  {
    name: "the server is killed midway",
    storage: "bucket",
    ownServer: true,
    fault: {
      before: ({ connection }) => connection.addToxic(slow),
      during: async ({ midway, server }) => {
        await midway();
        process.kill(server.pid, "SIGQUIT"); // an immediate shutdown: every backend is ended at once
      },
    },
    end: { exitCode: source, message: /pg_dump exited with 1.*; look at the database server's log/ },
  },
  {
    name: "the connection is cut midway",
    storage: "bucket",
    fault: {
      before: ({ connection }) => connection.addToxic({ type: "limit_data", attributes: { bytes: 5_000_000 } }),
    },
    end: { exitCode: source, message: /pg_dump exited with 1.*; look at the database server's log/ },
  },
  {
    name: "the connection stalls",
    storage: "bucket",
    fault: {
      env: () => ({ NO_PROGRESS_TIMEOUT_SECONDS: "2" }),
      before: ({ connection }) => connection.addToxic(slow),
      during: async ({ midway, connection }) => {
        await midway();
        await connection.addToxic({ type: "timeout", attributes: { timeout: 0 } });
      },
    },
    end: { exitCode: source, message: /the database stalled: the dump tool gave no byte for 2 s; check the network/ },
  },
  {
    name: "the dump tool is killed",
    storage: "bucket",
    fault: {
      before: ({ connection }) => connection.addToxic(slow),
      during: async ({ midway }, pid) => {
        await midway();
        process.kill(childOf(pid, "pg_dump") ?? NaN, "SIGKILL");
      },
    },
    end: { exitCode: source, message: /pg_dump was killed by SIGKILL/ },
  },
  {
    name: "the S3 server refuses connections",
    storage: "bucket",
    fault: { env: async () => ({ BACKEND_S3_ENDPOINT: `http://127.0.0.1:${await freePort()}` }) },
    end: { exitCode: storageFailed, message: /ECONNREFUSED.*; check that the endpoint is right and serves/ },
  },
  {
    name: "the S3 server answers 500 to a part",
    storage: "bucket",
    fault: {
      before: () => {
        s3Proxy.inject({
          when: isOperation("UploadPart", 2),
          fault: { kind: "error", status: 500, code: "InternalError" },
        });
      },
    },
    end: "stored",
  },
  {
    name: "the S3 server answers 403 to the completion",
    storage: "bucket",
    fault: {
      before: () => {
        const fault = { kind: "error", status: 403, code: "AccessDenied" } as const;
        s3Proxy.inject({ when: isOperation("CompleteMultipartUpload"), times: Infinity, fault });
      },
    },
    end: { exitCode: storageFailed, message: /refused to complete the upload: AccessDenied \(HTTP 403\).*; grant it/ },
  },
  {
    name: "SIGTERM comes midway",
    storage: "bucket",
    fault: {
      before: ({ connection }) => connection.addToxic(slow),
      during: async ({ midway }, pid) => {
        await midway();
        process.kill(pid, "SIGTERM");
      },
    },
    end: { exitCode: terminated, message: /ended by SIGTERM/ },
  },
  {
    name: "the disk of the directory is full",
    storage: "full directory",
    fault: {},
    end: { exitCode: storageFailed, message: /ENOSPC.*; make room on the disk/ },
  },
  {
    name: "the recipient is malformed",
    storage: "bucket",
    fault: { env: () => ({ ENCRYPTION_ENABLED: "true", ENCRYPTION_RECIPIENT: "age1qqqq" }) },
    end: { exitCode: invalid, message: /ENCRYPTION_RECIPIENT: "age1qqqq" is not an age recipient/ },
  },
];

test.each(faults)(
  "leaves a whole snapshot or nothing at all when $name",
  async ({ storage, ownServer, fault, end }) => {
    const server = ownServer ? await startPostgres({ major: 16 }) : postgres;
    const connection = await toxiproxy.proxyTo(server.host, server.port);
    const scene = { server, connection, midway: () => midwayOn(server) };
    const tmpfs = storage === "full directory" ? await mountTmpfs() : null;
    s3Proxy.reset();
    try {
      if (ownServer) await prepare(server);

      // Without the fault it stores.
      const good = tmpfs === null ? await bucketStorage(s3, s3Proxy.endpoint) : await directoryStorage();
      const env = { ...sourceEnv(connection, database), COMPRESSION: "none", HOSTNAME: "pod" };
      const unharmed = await runDumper({ ...env, ...good.env });
      expect(unharmed).toMatchObject({ exitCode: 0 });
      await expectStored(good);

      // With it, it ends as the row says.
      const target = tmpfs === null ? await bucketStorage(s3, s3Proxy.endpoint) : await directoryStorage(tmpfs);
      const removePlanted = await target.plant("planted");
      await fault.before?.(scene);
      const ended = await runDumper(
        { ...env, ...target.env, ...(await fault.env?.(scene)) },
        { during: async (pid) => fault.during?.(scene, pid) },
      );

      if (end === "stored") {
        expect(ended).toMatchObject({ exitCode: 0 });
        expect(s3Proxy.requests.filter(({ isFaulted }) => isFaulted)).toHaveLength(1);
        await expectStored(target);
      } else {
        expectFailed(ended, end);
        expect(await target.objects()).toEqual([]);
      }
      // The planted one shows that an upload left open would be found.
      const unfinished = await target.unfinished();
      expect(unfinished).toEqual([expect.stringContaining("planted")]);
      await removePlanted();
      expectNoSecrets(ended);
    } finally {
      await connection.remove();
      if (tmpfs !== null) await unmount(tmpfs);
      if (ownServer) await server.stop();
    }
  },
  180_000,
);

async function expectStored(target: TestStorage): Promise<void> {
  const storage = await openStorage(target.storage);
  const { signal } = new AbortController();
  const { snapshots, incomplete, broken } = await listSnapshots(storage, "", signal);
  expect({ snapshots: snapshots.length, incomplete, broken }).toEqual({ snapshots: 1, incomplete: [], broken: [] });
  for (const object of snapshots[0]?.manifest.objects ?? []) {
    const reading = { storage, engine: "postgresql", object, identities: [], progress: new Progress(), signal } as const;
    const verdict = await verifyObject(reading);
    expect(verdict).toMatchObject({ verdict: "whole" });
  }
  storage.close();
}

function expectFailed(ended: Ended, end: { readonly exitCode: number; readonly message: RegExp }): void {
  expect(ended.exitCode).toBe(end.exitCode);
  expect(told(ended.terminationMessage)).toMatch(end.message);
  expect(ended.terminationMessage).not.toContain("\n");
  expect(ended.stderr.trim().split("\n")).toHaveLength(1);
}

/** What the last words say to a person. */
function told(terminationMessage: string): string {
  const words = JSON.parse(terminationMessage) as LastWords;
  if (words.result === "stored") return "";
  return words.result === "failed"
    ? words.error
    : words.diagnostics.map(({ field, problem }) => `${field ?? ""}: ${problem}`).join(" ");
}

function expectNoSecrets({ stderr, terminationMessage }: Ended): void {
  for (const secret of [owner.password, "not the password", s3.secretKey, s3.accessKey]) {
    expect(stderr + terminationMessage).not.toContain(secret);
  }
}

async function midwayOn(server: PostgresServer): Promise<void> {
  const query = `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ksnapshot' AND query LIKE 'COPY public.bulk%'`;
  await until(
    "the dump tool to read the large table",
    60_000,
    async () => (await sql(server, "postgres", query)) === "1",
  );
}

/** Too small for the dump. */
async function mountTmpfs(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "ksnapshot-full-"));
  await run("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", directory]);
  return directory;
}

async function unmount(directory: string): Promise<void> {
  await run("umount", [directory]);
  await rm(directory, { recursive: true });
}
