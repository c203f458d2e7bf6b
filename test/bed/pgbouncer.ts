import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ensureDebianPackages } from "./apt.ts";
import { startDaemon, untilReady } from "./daemon.ts";
import { freePort } from "./port.ts";
import type { PostgresServer } from "./postgres.ts";
import { discard, ownedState, starting } from "./state.ts";
import { giveToUnprivileged, unprivileged } from "./unprivileged.ts";

const START_TIMEOUT_MS = 15_000;

export interface Pgbouncer {
  readonly host: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts a connection pooler before a server, for one user: to all others it is closed. */
export async function startPgbouncer(
  server: PostgresServer,
  user: { readonly name: string; readonly password: string },
  mode: "session" | "transaction",
): Promise<Pgbouncer> {
  await ensureDebianPackages(["pgbouncer"]);
  const state = ownedState("pgbouncer");
  return starting(state, async () => {
    const port = await freePort();
    const users = join(state.directory, "users.txt");
    const settings = join(state.directory, "pgbouncer.ini");
    await writeFile(users, `"${user.name}" "${user.password}"\n`);
    await writeFile(
      settings,
      [
        "[databases]",
        `* = host=${server.host} port=${server.port}`,
        "[pgbouncer]",
        `listen_addr = 127.0.0.1`,
        `listen_port = ${port}`,
        "unix_socket_dir =",
        "auth_type = scram-sha-256",
        `auth_file = ${users}`,
        `pool_mode = ${mode}`,
      ].join("\n"),
    );
    for (const file of [users, settings]) await giveToUnprivileged(file);
    const command = unprivileged(["/usr/sbin/pgbouncer", settings]);
    const daemon = await startDaemon(state, { name: "pgbouncer", ...command });
    await untilReady(daemon, START_TIMEOUT_MS, async () =>
      (await readFile(daemon.logFile, "utf8")).includes("process up"),
    );
    return { host: "127.0.0.1", port, stop: () => discard(state) };
  });
}
