import type { Environment } from "../../contract/dump-request.ts";
import type { PostgresqlRequest } from "../../contract/postgresql-request.ts";
import { RunFailed } from "../failure.ts";
import type { Exit } from "../process/child.ts";
import type { Command } from "../process/command.ts";
import type { Seen } from "../process/seen.ts";
import { databaseArgument, libpqEnv, type PostgresqlTarget } from "./conninfo.ts";
import { hasEndMark } from "./end-mark.ts";
import { libpqFailed } from "./libpq-failure.ts";
import { checkPostgresql } from "./postgresql-check.ts";
import type { DumpVersions, Source } from "./source.ts";

/** One database by pg_dump, in plain SQL. */
export function postgresqlSource(request: PostgresqlRequest, env: Environment): Source {
  const { database, options } = request;
  if (database === null) {
    throw new RunFailed("invalid", "one database must be named", { remedy: "set POSTGRESQL_DATABASE to its name" });
  }
  const part = {
    name: database,
    dump: {
      kind: "command" as const,
      command: pgDumpCommand({ ...request, database }, env),
      explain: (exit: Exit) => libpqFailed(exit, request.password),
    },
    judge: judgePgDump,
  };
  return {
    engine: "postgresql",
    check: (signal) => checkPostgresql({ ...request, database }, env, signal),
    // eslint-disable-next-line @typescript-eslint/require-await -- the list is known here; other engines must ask for it
    parts: async function* () {
      yield part;
    },
    report: () => ({ skipped: options.filter(leavesOut), notes: [] }),
  };
}

function leavesOut(option: string): boolean {
  return /^--(exclude|no|schema|table|section|data-only|extension)/.test(option);
}

/** `--no-password`: never ask, as nobody would answer. */
export function pgDumpCommand(
  request: PostgresqlTarget & Pick<PostgresqlRequest, "options">,
  env: Environment,
): Command {
  return {
    file: "pg_dump",
    args: ["--no-password", ...request.options, databaseArgument(request.database)],
    env: libpqEnv(request, env),
  };
}

/** @throws {RunFailed} when the end mark is missing */
export function judgePgDump({ head, tail }: Seen): DumpVersions {
  if (!hasEndMark("postgresql", tail)) {
    throw new RunFailed("source", "the dump ended without its end mark and is incomplete", {
      remedy: "look at the database server's log for what ended the connection",
    });
  }
  return {
    server: /^-- Dumped from database version (\S+)/m.exec(head)?.[1] ?? null,
    tool: /^-- Dumped by pg_dump version (\S+)/m.exec(head)?.[1] ?? null,
  };
}
