import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { chown, mkdir, readFile, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import type { Postgres } from "./postgres.ts";

const run = promisify(execFile);
const startTimeoutMs = 60_000;
const nobody = 65_534;

/** PostgreSQL refuses to run as root; whoever else starts the demo runs it as themselves. */
const ordinaryUser = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : null;

/** The data is thrown away: durability would only cost time. */
export const throwAwaySettings = { fsync: "off", wal_level: "minimal", max_wal_senders: "0", max_wal_size: "4GB" };

/**
 * Starts a server with a new cluster below `work`, on a free port of 127.0.0.1, passwords by SCRAM.
 * @throws {Error} with the end of its log when it does not come up in 60 s
 */
export async function startServer(programs: string, work: string, password: string): Promise<Omit<Postgres, "from">> {
  const data = join(work, "data");
  const log = join(work, "postgres.log");
  const passwordFile = join(work, "password");
  await mkdir(data, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (ordinaryUser !== null) {
    for (const path of [data, passwordFile]) await chown(path, ordinaryUser.uid, ordinaryUser.gid);
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
  await run(join(programs, "initdb"), [...initdb, "--locale=C.UTF-8"], { cwd: work, ...ordinaryUser });

  const port = await freePort();
  const settings = {
    ...throwAwaySettings,
    unix_socket_directories: "",
    listen_addresses: "127.0.0.1",
    port: String(port),
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const child = spawn(join(programs, "postgres"), ["-D", data, ...args], {
    cwd: work,
    stdio: ["ignore", "ignore", "pipe"],
    ...ordinaryUser,
  });
  child.stderr.pipe(createWriteStream(log));
  const server = { programs, host: "127.0.0.1", port, superuser: "postgres", password, stop: () => stop(child) };
  try {
    await untilReady(server, () => child.exitCode !== null);
    return server;
  } catch (cause) {
    await stop(child);
    throw new Error(`PostgreSQL did not start: ${(await readFile(log, "utf8")).trim().slice(-1000)}`, { cause });
  }
}

/** Waits until the server answers a query. @throws {Error} when it has ended, or after 60 s */
export async function untilReady(server: Omit<Postgres, "from" | "stop">, hasEnded: () => boolean): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  const args = [
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
  const env = { PATH: process.env["PATH"], PGPASSWORD: server.password };
  for (;;) {
    const answers = await run(join(server.programs, "psql"), args, { env }).then(
      () => true,
      () => false, // not yet
    );
    if (answers) return;
    if (hasEnded() || Date.now() > deadline) throw new Error("the server does not answer");
    await delay(100);
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGINT"); // "fast": it does not wait for clients to leave
  await exited;
}
