import type { Environment } from "../../contract/dump-request.ts";
import type { PostgresqlRequest } from "../../contract/postgresql-request.ts";
import { Witness } from "../process/seen.ts";
import { stdoutOf } from "../process/stdout.ts";
import { libpqEnv } from "./conninfo.ts";
import { requireEndMark } from "./end-mark.ts";
import { libpqFailed } from "./libpq-failure.ts";
import { databaseSql } from "./postgresql-database-sql.ts";
import type { Database } from "./postgresql-server.ts";
import { startupOptions } from "./postgresql-session.ts";

/** How the object is named beside those of the databases, in the same snapshot. */
export const globalsName = "pg_globals";

const endMark = "--\n-- PostgreSQL database cluster dump complete\n--\n\n";

export interface GlobalsDump {
  readonly request: PostgresqlRequest;
  /** That pg_dumpall connects to. */
  readonly database: string;
  /** Settings of the user's sessions that pg_dumpall cannot have. */
  readonly unfit: readonly string[];
  /** Whose definitions are to be in it. */
  readonly databases: readonly Database[];
  /** Where pg_dumpall is found. */
  readonly env: Environment;
}

/**
 * What the databases of a server share: roles, their memberships, passwords (hashed) and settings, and tablespaces, as
 * pg_dumpall writes them unless they are skipped; then what makes each database. The end mark is pg_dumpall's.
 * @throws {RunFailed} when pg_dumpall fails or ends early
 */
export async function* globals(dump: GlobalsDump, signal: AbortSignal): AsyncGenerator<Buffer> {
  const { request, databases } = dump;
  const tablespaces = !request.options.includes("--no-tablespaces") && !request.skip.includes("globals");
  if (request.skip.includes("globals")) {
    yield Buffer.from(
      "--\n-- PostgreSQL database cluster dump\n--\n\nSET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\n\n",
    );
  } else {
    yield* rolesAndTablespaces(dump, signal);
  }
  yield Buffer.from("--\n-- Databases\n--\n\n");
  for (const database of databases) yield Buffer.from(`${databaseSql(database, { tablespaces })}\n`);
  yield Buffer.from(endMark);
}

async function* rolesAndTablespaces({ request, database, unfit, env }: GlobalsDump, signal: AbortSignal) {
  const options = request.options.filter((option) => option === "--no-tablespaces" || option.startsWith("--role="));
  const command = {
    file: "pg_dumpall",
    args: ["--no-password", "--globals-only", "--encoding=UTF8", `--database=${database}`, ...options],
    env: {
      ...libpqEnv({ ...request, database }, env),
      // Else the day until which a password is valid is written as the user's DateStyle has it, and read as another's has it.
      PGDATESTYLE: "ISO",
      ...startupOptions(unfit),
    },
  };
  const witness = new Witness();
  yield* witness.watch(stdoutOf(command, (exit) => libpqFailed(exit, request.password), signal));
  requireEndMark("postgresql", witness.seen().tail, "pg_dumpall ended without its end mark");
}
