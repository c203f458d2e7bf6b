import { text } from "node:stream/consumers";
import type { Environment } from "../../contract/dump-request.ts";
import { RunFailed } from "../failure.ts";
import type { Command } from "../process/command.ts";
import { stdoutOf } from "../process/stdout.ts";
import { databaseArgument, libpqEnv, type PostgresqlTarget } from "./conninfo.ts";
import { libpqFailed } from "./libpq-failure.ts";
import { sessionStatements, withoutTimeouts } from "./postgresql-session.ts";
import { identifier } from "./postgresql-sql.ts";

export interface QueryContext {
  /** Where psql is found. */
  readonly env: Environment;
  readonly signal: AbortSignal;
  /** Asked as this role. Null: as the user who connects. */
  readonly role: string | null;
}

/** The one JSON value that a query gives. @throws {RunFailed} when the server cannot be asked */
export async function queryJson(target: PostgresqlTarget, sql: string, context: QueryContext): Promise<unknown> {
  const { env, signal } = context;
  const command = psqlCommand(target, env, queryArguments(sql, context.role));
  const written = await text(stdoutOf(command, (exit) => libpqFailed(exit, target.password), signal));
  if (written === "") throw new RunFailed("source", "psql exited with 0 and wrote nothing", { remedy: "try again" });
  return JSON.parse(written) as unknown;
}

/** What psql prints when it runs the statements one by one, in a session of its own and with nothing else. */
export async function printed(
  target: PostgresqlTarget,
  statements: readonly string[],
  { env, signal }: Pick<QueryContext, "env" | "signal">,
): Promise<string> {
  const command = psqlCommand(target, env, ["-A", "-t", ...statements.flatMap((one) => ["-c", one])]);
  return text(stdoutOf(command, (exit) => libpqFailed(exit, target.password), signal));
}

/**
 * Arguments of psql for one query, in a transaction of its own, which one message is: what it sets is gone after it, so that
 * through a connection pooler nobody else finds it, and no time limit strikes before it is off. The isolation comes first: a standby refuses the serializable one at the first query.
 */
export function queryArguments(sql: string, role: string | null): readonly string[] {
  const statements = [
    "SET LOCAL statement_timeout = 0",
    "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
    ...sessionStatements(withoutTimeouts, "transaction"),
    ...(role === null ? [] : [`SET LOCAL ROLE ${identifier(role)}`]),
    sql,
  ];
  return ["-A", "-t", "-c", statements.join(";\n")];
}

/** psql without the user's psqlrc, never asking for a password, ending at the first error, and telling SQLSTATEs. */
export function psqlCommand(target: PostgresqlTarget, env: Environment, args: readonly string[]): Command {
  return {
    file: "psql",
    args: [
      "-X",
      "-q",
      "-w",
      "-v",
      "ON_ERROR_STOP=1",
      "-v",
      "VERBOSITY=verbose",
      ...args,
      databaseArgument(target.database),
    ],
    env: { ...libpqEnv(target, env), PGCLIENTENCODING: "UTF8" },
  };
}
