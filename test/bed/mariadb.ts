import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { mariadbServerProgram, type MariadbVersion } from "./mariadb-server.ts";
import { type MysqlServer, startServer } from "./mysql.ts";
import { ownedState, type State } from "./state.ts";
import { giveToUnprivileged } from "./unprivileged.ts";

export interface MariadbOptions {
  readonly version: MariadbVersion;
  /** Further settings, as `mariadbd` takes them after two dashes. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Where it lives; default: a fresh state that this process owns. */
  readonly state?: State;
}

/**
 * Starts a MariaDB server on a free port of 127.0.0.1: connections with and without TLS are taken.
 * @throws with the end of the server's log when it does not come up.
 */
export async function startMariadb({ version, settings = {}, state }: MariadbOptions): Promise<MysqlServer> {
  const { file, args, systemTables } = await mariadbServerProgram(version);
  return startServer(state ?? ownedState(`mariadb-${version}`), {
    ...{ product: "mariadb", version, settings, tls: true, file, args: [...args, "--skip-log-bin"] },
    initialize: async (directory, superuser, runServer) => {
      const system = join(directory, "data", "mysql");
      await mkdir(system);
      await giveToUnprivileged(system);
      await runServer(["--bootstrap"], `${systemTables}\nUSE mysql;\nFLUSH PRIVILEGES;\n${superuser}`);
    },
  });
}
