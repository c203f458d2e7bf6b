import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { createAuthority, issueCertificate } from "./certificates.ts";
import { run } from "./command.ts";
import { startDaemon, untilReady } from "./daemon.ts";
import { mysqlServerProgram, type MysqlVersion } from "./mysql-server.ts";
import { freePort } from "./port.ts";
import { describe, discard, ownedState, starting, type State } from "./state.ts";
import { giveToUnprivileged, unprivileged } from "./unprivileged.ts";

const START_TIMEOUT_MS = 60_000;

/** A server of MySQL or MariaDB with no database of its user's. */
export interface MysqlServer {
  readonly product: "mysql" | "mariadb";
  readonly version: string;
  readonly host: string;
  readonly port: number;
  /** May do everything, from every host. */
  readonly superuser: string;
  readonly password: string;
  /** The authority that signed the server's certificate (for `localhost` and 127.0.0.1); none without TLS. */
  readonly caFile?: string;
  readonly logFile: string;
  readonly pid: number;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

export interface MysqlOptions {
  readonly version: MysqlVersion;
  /** Further settings, as `mysqld` takes them after two dashes. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Where it lives; default: a fresh state that this process owns. */
  readonly state?: State;
}

/**
 * Starts a MySQL server on a free port of 127.0.0.1: connections with and without TLS are taken (5.7.22 speaks only TLS
 * that clients of today refuse, and gets none), passwords are checked by the version's own default.
 * @throws with the end of the server's log when it does not come up.
 */
export async function startMysql({ version, settings = {}, state }: MysqlOptions): Promise<MysqlServer> {
  const program = await mysqlServerProgram(version);
  const authentication = version === "8.0" ? ["--default-authentication-plugin=caching_sha2_password"] : [];
  return startServer(state ?? ownedState(`mysql-${version}`), {
    ...{ product: "mysql", version, settings, tls: version !== "5.7", file: program.file },
    args: [...program.args, ...authentication, "--performance-schema=OFF", "--skip-log-bin"],
    initialize: async (directory, superuser, runServer) => {
      const script = join(directory, "superuser.sql");
      await writeFile(script, superuser, { mode: 0o600 });
      await giveToUnprivileged(script);
      await runServer(["--initialize-insecure", `--init-file=${script}`]);
    },
  });
}

/** What differs between the two products. */
export interface ServerSpec {
  readonly product: "mysql" | "mariadb";
  readonly version: string;
  readonly tls: boolean;
  readonly file: string;
  readonly args: readonly string[];
  readonly settings: Readonly<Record<string, string>>;
  /** Makes the data directory; `superuser` is the SQL that makes the superuser. */
  readonly initialize: (
    directory: string,
    superuser: string,
    runServer: (args: readonly string[], input?: string) => Promise<unknown>,
  ) => Promise<void>;
}

/** Starts a server of either product in that state. */
export function startServer(state: State, spec: ServerSpec): Promise<MysqlServer> {
  return starting(state, async () => {
    const password = randomBytes(12).toString("hex");
    // Of its own: a server that starts removes every temporary table it finds, also another one's.
    const [data, temporary] = [join(state.directory, "data"), join(state.directory, "tmp")];
    for (const directory of [data, temporary]) {
      await mkdir(directory, { mode: 0o700 });
      await giveToUnprivileged(directory);
    }
    // The data is thrown away: durability would only cost time.
    const common = [
      ...[
        "--no-defaults",
        `--datadir=${data}`,
        `--tmpdir=${temporary}`,
        ...spec.args,
        "--skip-name-resolve",
        "--innodb-buffer-pool-size=128M",
      ],
      ...["--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0"],
    ];
    const runServer = (args: readonly string[], input = "") => {
      const command = unprivileged([spec.file, ...common, ...args]);
      return run(command.file, command.args, { cwd: state.directory, input });
    };
    const superuser = `CREATE USER 'admin'@'%' IDENTIFIED BY '${password}';\nGRANT ALL ON *.* TO 'admin'@'%' WITH GRANT OPTION;\n`;
    await spec.initialize(state.directory, superuser, runServer);
    const certificates = spec.tls ? await certify(state, data) : undefined;

    const port = await freePort();
    const settings = Object.entries(spec.settings).map(([name, value]) => `--${name}=${value}`);
    const daemon = await startDaemon(state, {
      name: spec.product,
      ...unprivileged([
        ...([spec.file, ...common, `--port=${port}`, "--bind-address=127.0.0.1"] as const),
        // A socket's path must stay below 108 characters, and the bed's folder may be anywhere.
        ...[`--socket=${join("/tmp", `${state.name}.sock`)}`, `--pid-file=${join(data, "server.pid")}`],
        ...(certificates?.arguments ?? (spec.product === "mysql" ? ["--skip-ssl"] : [])),
        ...settings,
      ]),
    });
    await untilReady(daemon, START_TIMEOUT_MS, () => greets(port));
    const description = {
      ...{ product: spec.product, version: spec.version, host: "127.0.0.1", port, superuser: "admin", password },
      ...(certificates === undefined ? {} : { caFile: certificates.authority }),
      ...{ logFile: daemon.logFile, pid: daemon.pid },
    };
    describe(state, { ...description, address: `127.0.0.1:${port}` });
    return { ...description, stop: () => discard(state) };
  });
}

async function certify(state: State, data: string): Promise<{ authority: string; arguments: string[] }> {
  const directory = join(state.directory, "certificates");
  await mkdir(directory);
  const authority = await createAuthority(directory, "ksnapshot bed MySQL");
  const names = ["DNS:localhost", "IP:127.0.0.1"];
  const certificate = await issueCertificate(authority, "server", "/CN=localhost", names, "RSA"); // for 8.0.12
  const files = { ca: authority.certificateFile, cert: certificate.certificateFile, key: certificate.keyFile };
  for (const [name, from] of Object.entries(files)) {
    await run("install", ["-m", "600", from, join(data, `bed-${name}.pem`)]);
    await giveToUnprivileged(join(data, `bed-${name}.pem`));
  }
  return {
    authority: authority.certificateFile,
    arguments: Object.keys(files).map((name) => `--ssl-${name}=${join(data, `bed-${name}.pem`)}`),
  };
}

/** The server speaks first: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html */
function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("data", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => {
      resolve(false);
    });
    socket.once("close", () => {
      resolve(false);
    });
  });
}
