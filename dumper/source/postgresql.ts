import type { Environment, PostgresqlRequest } from "../../contract/dump-request.ts";
import { RunFailed } from "../failure.ts";
import type { Exit } from "../process/child.ts";
import type { Command } from "../process/command.ts";
import type { Seen } from "../process/seen.ts";
import { databaseArgument, libpqEnv } from "./conninfo.ts";
import { libpqFailed } from "./libpq-failure.ts";
import { checkPostgresql } from "./postgresql-check.ts";
import type { DumpVersions, Source } from "./source.ts";

/** One database by pg_dump, in plain SQL. */
export function postgresqlSource(request: PostgresqlRequest, env: Environment): Source {
  const part = {
    name: request.database,
    dump: {
      kind: "command" as const,
      command: pgDumpCommand(request, env),
      explain: (exit: Exit) => libpqFailed(exit, request.password),
    },
    judge: judgePgDump,
  };
  return {
    engine: "postgresql",
    skipped: request.options.filter((option) =>
      /^--(exclude|no|schema|table|section|data-only|extension)/.test(option),
    ),
    check: (signal) => checkPostgresql(request, env, signal),
    // eslint-disable-next-line @typescript-eslint/require-await -- the list is known here; other engines must ask for it
    parts: async function* () {
      yield part;
    },
  };
}

/** `--no-password`: never ask, as nobody would answer. */
export function pgDumpCommand(request: PostgresqlRequest, env: Environment): Command {
  return {
    file: "pg_dump",
    args: ["--no-password", ...request.options, databaseArgument(request.database)],
    env: libpqEnv(request, env),
  };
}

/**
 * The last line of every whole dump; since 13.22, 14.19, 15.14, 16.10 and 17.6 an `\unrestrict <key>` follows.
 * @throws {RunFailed} when it is missing
 */
export function judgePgDump({ head, tail }: Seen): DumpVersions {
  if (!hasPgDumpEndMark(tail)) {
    throw new RunFailed("source", "the dump ended without its end mark and is incomplete", {
      remedy: "look at the database server's log for what ended the connection",
    });
  }
  return {
    server: /^-- Dumped from database version (\S+)/m.exec(head)?.[1] ?? null,
    tool: /^-- Dumped by pg_dump version (\S+)/m.exec(head)?.[1] ?? null,
  };
}

export function hasPgDumpEndMark(tail: string): boolean {
  return /\n-- PostgreSQL database dump complete\n--\n\s*(\\unrestrict \w+\s*)?$/.test(tail);
}
