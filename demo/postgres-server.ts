import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { chown, mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import type { PostgresPrograms } from "./postgres-programs.ts";

const run = promisify(execFile);
const startTimeoutMs = 60_000;
const nobody = 65_534;

/** PostgreSQL refuses to run as root; whoever else starts the demo runs it as themselves. */
const ordinaryUser = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};

/** The data is thrown away: durability would only cost time. */
const settings = {
  fsync: "off",
  wal_level: "minimal",
  max_wal_senders: "0",
  max_wal_size: "4GB",
  unix_socket_directories: "",
};

export interface PostgresServer {
  readonly host: string;
  readonly port: number;
  readonly superuser: string;
  readonly password: string;
  /** Ends the server; its files stay. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL with a new cluster below `work`, on a free port of 127.0.0.1, passwords by SCRAM.
 * @throws {Error} with the end of its log when it does not come up in 60 s.
 */
export async function startPostgres(
  programs: PostgresPrograms,
  work: string,
  password: string,
): Promise<PostgresServer> {
  const data = join(work, "data");
  const log = join(work, "postgres.log");
  const passwordFile = join(work, "password");
  await mkdir(data, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (ordinaryUser.uid !== undefined) {
    await Promise.all([data, passwordFile].map((path) => chown(path, ordinaryUser.uid, ordinaryUser.gid)));
  }
  const initdb = [
    "-D",
    data,
    "-U",
    "postgres",
    `--pwfile=${passwordFile}`,
    "-A",
    "scram-sha-256",
    "-E",
    "UTF8",
    "--no-sync",
  ];
  await run(join(programs.directory, "initdb"), [...initdb, "--locale=C.UTF-8"], { cwd: work, ...ordinaryUser });

  const port = await freePort();
  const options = Object.entries({ ...settings, listen_addresses: "127.0.0.1", port: String(port) });
  const child = spawn(
    join(programs.directory, "postgres"),
    ["-D", data, ...options.flatMap(([name, value]) => ["-c", `${name}=${value}`])],
    { cwd: work, stdio: ["ignore", "ignore", "pipe"], ...ordinaryUser },
  );
  child.stderr?.pipe(createWriteStream(log));
  const server = { host: "127.0.0.1", port, superuser: "postgres", password, stop: () => stop(child) };
  await untilReady(server, programs, child, log);
  return server;
}

async function untilReady(
  server: PostgresServer,
  programs: PostgresPrograms,
  child: ChildProcess,
  log: string,
): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  const probe = [
    "-h",
    server.host,
    "-p",
    String(server.port),
    "-U",
    server.superuser,
    "-d",
    "postgres",
    "-c",
    "SELECT 1",
  ];
  const env = { PGPASSWORD: server.password };
  for (;;) {
    if (
      await run(join(programs.directory, "psql"), probe, { env }).then(
        () => true,
        () => false,
      )
    )
      return;
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop(child);
      throw new Error(`PostgreSQL did not start: ${(await readFile(log, "utf8")).trim().slice(-1000)}`);
    }
    await delay(100);
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGINT"); // "fast": it does not wait for clients to leave
  await exited;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
