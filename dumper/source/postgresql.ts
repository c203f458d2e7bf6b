//   a query ─▶ which server ─▶ the pg_dump of its major ─▶ what the user may not read ─▶ one dump for each database
//
// Nothing is dumped before all of it is known: a run that would fail at its third database fails at once.
import type { Environment } from "../../contract/dump-request.ts";
import type { PostgresqlRequest } from "../../contract/postgresql-request.ts";
import { RunFailed } from "../failure.ts";
import type { Exit } from "../process/child.ts";
import type { Command } from "../process/command.ts";
import type { Seen } from "../process/seen.ts";
import { databaseArgument, libpqEnv, type PostgresqlTarget } from "./conninfo.ts";
import { requireEndMark } from "./end-mark.ts";
import { libpqFailed } from "./libpq-failure.ts";
import { databasesOf, factsOf, type Observed, problemsOf, reportOf } from "./postgresql-check.ts";
import {
  clientsFor,
  clientsTooOld,
  findClients,
  newestClients,
  type PostgresqlClients,
  withClients,
} from "./postgresql-clients.ts";
import { observeDatabase } from "./postgresql-findings.ts";
import { globals, globalsName } from "./postgresql-globals.ts";
import { sharedSessions, sharesSessions } from "./postgresql-pooler.ts";
import { printed } from "./postgresql-query.ts";
import { rehearse } from "./postgresql-rehearsal.ts";
import { observeServer, type Server } from "./postgresql-server.ts";
import { startupOptions } from "./postgresql-session.ts";
import type { DumpPart, DumpVersions, Source, SourceReport } from "./source.ts";

/** One database by pg_dump, or all of them and what they share, in plain SQL. */
export function postgresqlSource(request: PostgresqlRequest, env: Environment): Source {
  let report: SourceReport = { skipped: [], notes: [] };
  return {
    engine: "postgresql",
    check: async (signal) => {
      const observation = await observe(request, env, signal);
      const { server, observed, clients, problems, report } = observation;
      if (problems.length === 0) await rehearse(partsOf(request, observation, withClients(clients, env)), signal);
      return {
        versions: { server: server.version, tool: clients.version },
        names: namesOf(observed),
        problems,
        report,
      };
    },
    parts: async function* (signal, accept) {
      const observation = await observe(request, env, signal);
      const { problems } = observation;
      if (problems.length > 0) {
        throw new RunFailed("source", problems.join("\n"), { remedy: "ksnapshot dump --check says the same" });
      }
      accept(namesOf(observation.observed));
      report = observation.report;
      yield* partsOf(request, observation, withClients(observation.clients, env));
    },
    report: () => report,
  };
}

function namesOf(observed: readonly Observed[]): readonly string[] {
  return observed.map(({ database }) => database.name);
}

interface Observation {
  readonly server: Server;
  readonly observed: readonly Observed[];
  readonly clients: PostgresqlClients;
  readonly problems: readonly string[];
  readonly report: SourceReport;
}

/** Asks for all that decides about the dump. @throws {RunFailed} when the server cannot be asked */
async function observe(request: PostgresqlRequest, env: Environment, signal: AbortSignal): Promise<Observation> {
  const found = await findClients("pg_dump", env, signal);
  const newest = newestClients(found);
  const role = request.options.find((option) => option.startsWith("--role="))?.slice("--role=".length) ?? null;
  const context = { env: withClients(newest, env), signal, role };
  const server = await observeServer(request, request.database, context);
  const first = { ...request, database: server.askedIn };
  const isPooled = await sharesSessions((statements) => printed(first, statements, context));
  const observed: Observed[] = [];
  for (const database of databasesOf(server, request)) {
    const target = { ...request, database: database.name };
    const findings = database.mayConnect ? await observeDatabase(target, server.major, context) : null;
    observed.push({ database, findings });
  }
  const clients = clientsFor(found, server.major, request.options);
  const pooled = isPooled ? [poolerProblem(request)] : [];
  const tooOld = clients === null ? [clientsTooOld(found, server.version)] : [];
  return {
    server,
    observed,
    clients: clients ?? newest,
    problems: [...pooled, ...tooOld, ...problemsOf(request, server, observed)],
    report: reportOf(request, server, observed),
  };
}

function poolerProblem(request: PostgresqlRequest): string {
  const { problem, remedy } = sharedSessions(request);
  return `${problem}. For a dump ${remedy}: annotations service and port, POSTGRESQL_HOST and POSTGRESQL_PORT.`;
}

function* partsOf(
  request: PostgresqlRequest,
  { server, observed, clients }: Observation,
  env: Environment,
): Generator<DumpPart> {
  const databases = observed.map(({ database }) => database);
  if (request.database === null) {
    const dump = { request, database: server.askedIn, unfit: server.unfit, databases, env };
    yield {
      name: globalsName,
      dump: { kind: "stream", open: (signal) => globals(dump, signal) },
      judge: (seen) => {
        judgePgDump(seen);
        return { server: server.version, tool: clients.version };
      },
    };
  }
  for (const { database, findings } of observed) {
    const { name, encoding } = database;
    const command = pgDumpCommand({ ...request, database: name, encoding, unfit: findings?.unfit ?? [] }, env);
    const explain = (exit: Exit) => libpqFailed(exit, request.password);
    const facts = findings === null ? {} : { database: factsOf(request, database, findings) };
    yield { name, dump: { kind: "command", command, explain }, ...facts, judge: judgePgDump };
  }
}

interface DatabaseDump extends PostgresqlTarget, Pick<PostgresqlRequest, "options" | "skip"> {
  /** Of the database. */
  readonly encoding: string;
  /** Settings of the user's sessions that pg_dump cannot have. */
  readonly unfit: readonly string[];
}

/**
 * `--no-password`: never ask, as nobody would answer. `-B`: without large objects, as every pg_dump calls it. Of what a role or
 * database may have set, pg_dump leaves only the encoding of its session as it is; `--encoding` has precedence over ours.
 */
export function pgDumpCommand(request: DatabaseDump, env: Environment): Command {
  const skipped = request.skip.includes("large-objects") ? ["-B"] : [];
  return {
    file: "pg_dump",
    args: ["--no-password", ...skipped, ...request.options, databaseArgument(request.database)],
    env: { ...libpqEnv(request, env), PGCLIENTENCODING: request.encoding, ...startupOptions(request.unfit) },
  };
}

/** @throws {RunFailed} when the end mark is missing */
export function judgePgDump({ head, tail }: Seen): DumpVersions {
  requireEndMark("postgresql", tail);
  return {
    server: /^-- Dumped from database version (\S+)/m.exec(head)?.[1] ?? null,
    tool: /^-- Dumped by pg_dump version (\S+)/m.exec(head)?.[1] ?? null,
  };
}
