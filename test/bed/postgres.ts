import { mkdir, readFile, writeFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { createAuthority, issueCertificate } from "./certificates.ts";
import { run } from "./command.ts";
import { type Daemon, startDaemon, untilReady } from "./daemon.ts";
import { postgresServerDirectory, type PostgresMajor } from "./postgres-server.ts";
import { describe, discard, ownedState, starting, type State } from "./state.ts";
import { giveToUnprivileged, unprivileged } from "./unprivileged.ts";
import { freePort } from "./port.ts";

const START_TIMEOUT_MS = 60_000;

export interface PostgresServer {
  readonly major: PostgresMajor;
  readonly host: string;
  readonly port: number;
  readonly superuser: string;
  readonly password: string;
  /** The authority that signed the server's certificate (for `localhost` and 127.0.0.1); none without TLS. */
  readonly caFile?: string;
  /** `initdb`, `pg_ctl` and `postgres` of this server; it has no clients, see `postgresClients()`. */
  readonly binDirectory: string;
  readonly logFile: string;
  readonly pid: number;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

export interface PostgresOptions {
  readonly major: PostgresMajor;
  /** The first one; default `postgres`. */
  readonly superuser?: string;
  /** Default true: connections with and without TLS are taken. */
  readonly tls?: boolean;
  /** Further settings, as `postgres -c` takes them. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Where it lives; default: a fresh state that this process owns. */
  readonly state?: State;
}

/**
 * Starts a PostgreSQL server with an empty database cluster: UTF-8, passwords by SCRAM, on a free port of 127.0.0.1.
 * @throws with the end of the server's log when it does not come up.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const server = await postgresServerDirectory(options.major);
  const state = options.state ?? ownedState(`postgres-${options.major}`);
  return starting(state, () => startServer(server, state, options));
}

async function startServer(server: string, state: State, options: PostgresOptions): Promise<PostgresServer> {
  const { major, superuser = "postgres", tls = true, settings = {} } = options;
  const binDirectory = join(server, "bin");
  const password = randomBytes(12).toString("hex");
  const data = await createDatabaseCluster(state, binDirectory, { superuser, password });
  const authority = tls ? await certify(state, data) : undefined;
  const running = await runPostgres(state, binDirectory, data, { ssl: tls ? "on" : "off", ...settings });
  const description = {
    ...{ major, host: "127.0.0.1", superuser, password },
    ...(authority === undefined ? {} : { caFile: authority }),
    ...{ binDirectory, ...running },
  };
  describe(state, { ...description, address: `127.0.0.1:${running.port}` });
  return { ...description, stop: () => discard(state) };
}

/** Runs `postgres` on a data directory that belongs to whom it runs as, on a free port, until the state is discarded. */
export async function runPostgres(
  state: State,
  binDirectory: string,
  data: string,
  settings: Readonly<Record<string, string>>,
): Promise<Pick<PostgresServer, "port" | "logFile" | "pid">> {
  const port = await freePort();
  const allSettings = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    // No socket: its path must stay below 108 characters, and the bed's folder may be anywhere.
    unix_socket_directories: "",
    // The data is thrown away: durability would only cost time.
    fsync: "off",
    ...settings,
  };
  const daemon = await startDaemon(state, {
    name: "postgres",
    ...unprivileged([join(binDirectory, "postgres"), "-D", data, ...settingArguments(allSettings)]),
    signal: "SIGINT", // SIGTERM would wait for all clients to leave
  });
  await untilReady(daemon, START_TIMEOUT_MS, () => isReady(daemon));
  return { port, logFile: daemon.logFile, pid: daemon.pid };
}

async function createDatabaseCluster(
  state: State,
  binDirectory: string,
  { superuser, password }: { readonly superuser: string; readonly password: string },
): Promise<string> {
  const data = join(state.directory, "data");
  const passwordFile = join(state.directory, "password");
  await mkdir(data, { mode: 0o700 });
  await giveToUnprivileged(data);
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  const { file, args } = unprivileged([
    ...([join(binDirectory, "initdb"), "-D", data, "-U", superuser, `--pwfile=${passwordFile}`] as const),
    ...["-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
  ]);
  await run(file, args, { cwd: state.directory });
  return data;
}

async function certify(state: State, data: string): Promise<string> {
  const directory = join(state.directory, "certificates");
  await mkdir(directory);
  const authority = await createAuthority(directory, "ksnapshot bed PostgreSQL");
  const names = ["DNS:localhost", "IP:127.0.0.1"];
  const certificate = await issueCertificate(authority, "server", "/CN=localhost", names);
  // The server takes a key only of its own user (or root's), readable by nobody else.
  for (const [from, to] of [
    [certificate.certificateFile, "server.crt"],
    [certificate.keyFile, "server.key"],
  ] as const) {
    await run("install", ["-m", "600", from, join(data, to)]);
    await giveToUnprivileged(join(data, to));
  }
  return authority.certificateFile;
}

function settingArguments(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

/** Before this line the port is open already, and sessions are refused: "the database system is starting up". */
async function isReady({ logFile }: Daemon): Promise<boolean> {
  return /ready to accept (read-only )?connections/.test(await readFile(logFile, "utf8"));
}
