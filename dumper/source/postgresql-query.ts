import { text } from "node:stream/consumers";
import type { Environment } from "../../contract/dump-request.ts";
import { RunFailed } from "../failure.ts";
import type { Command } from "../process/command.ts";
import { stdoutOf } from "../process/stdout.ts";
import { databaseArgument, libpqEnv, type PostgresqlTarget } from "./conninfo.ts";
import { libpqFailed } from "./libpq-failure.ts";

export interface QueryContext {
  /** Where psql is found. */
  readonly env: Environment;
  readonly signal: AbortSignal;
  /** Asked as this role. Null: as the user who connects. */
  readonly role: string | null;
}

/**
 * Arguments of psql, before a query. A database's owner may set its search_path, and with it put functions and operators of
 * their own before the server's, which would run as the user who asks.
 */
export const serversFunctionsOnly = ["-c", "SET search_path = pg_catalog"] as const;

/** The one JSON value that a query gives. @throws {RunFailed} when the server cannot be asked */
export async function queryJson(target: PostgresqlTarget, sql: string, context: QueryContext): Promise<unknown> {
  const { env, signal, role } = context;
  const setRole = role === null ? [] : ["-c", `SET ROLE ${identifier(role)}`];
  const command = psqlCommand(target, env, ["-A", "-t", ...setRole, ...serversFunctionsOnly, "-c", sql]);
  const written = await text(stdoutOf(command, (exit) => libpqFailed(exit, target.password), signal));
  if (written === "") throw new RunFailed("source", "psql exited with 0 and wrote nothing", { remedy: "try again" });
  return JSON.parse(written) as unknown;
}

/** psql without the user's psqlrc, never asking for a password, and ending at the first error. */
export function psqlCommand(target: PostgresqlTarget, env: Environment, args: readonly string[]): Command {
  return {
    file: "psql",
    args: ["-X", "-q", "-w", "-v", "ON_ERROR_STOP=1", ...args, databaseArgument(target.database)],
    env: { ...libpqEnv(target, env), PGCLIENTENCODING: "UTF8" },
  };
}

/** A name as SQL takes it, whatever is in it. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as SQL takes it, with `standard_conforming_strings` on or off. */
export function literal(value: string): string {
  const quoted = `'${value.replaceAll("'", "''").replaceAll("\\", "\\\\")}'`;
  return value.includes("\\") ? `E${quoted}` : quoted;
}
