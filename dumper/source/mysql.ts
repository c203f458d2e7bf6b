import type { Environment } from "../../contract/dump-request.ts";
import type { MysqlRequest } from "../../contract/mysql-request.ts";
import { RunFailed } from "../failure.ts";
import type { Exit } from "../process/child.ts";
import type { Seen } from "../process/seen.ts";
import { requireEndMark } from "./end-mark.ts";
import type { Client } from "./mysql/client.ts";
import { connectionOptions, type Family } from "./mysql/connection.ts";
import { dumpCommand } from "./mysql/dump-command.ts";
import { dumpSession } from "./mysql/dump-session.ts";
import { mysqlFailed } from "./mysql/failure.ts";
import { writeOptionFile } from "./mysql/option-file.ts";
import { problemsOf, sessionProblems } from "./mysql/problems.ts";
import { refuseReplaced, tableMarks } from "./mysql/replaced.ts";
import { reportOf } from "./mysql/report.ts";
import { isMeant } from "./mysql/scope.ts";
import { observeServer, type ServerState } from "./mysql/server-state.ts";
import { type Session, sessionOn } from "./mysql/session.ts";
import { readingSettings } from "./mysql/session-settings.ts";
import { findTools, type Tools, toolsToAsk, toolsToDump } from "./mysql/tools.ts";
import type { DumpPart, DumpVersions, Source, SourceReport } from "./source.ts";

/** One or all databases of a MySQL or MariaDB server by mysqldump or mariadb-dump, in plain SQL, one object each. */
export function mysqlSource(request: MysqlRequest, env: Environment): Source {
  let report: SourceReport = { skipped: [], notes: [] };
  return {
    engine: request.kind,
    check: async (signal) => {
      const { state, session, tools } = await observe(request, env, signal);
      return {
        versions: { server: state.version, tool: tools.version },
        names: namesOf(state),
        problems: [...problemsOf(state, request, tools), ...sessionProblems(session, tools)],
        report: reportOf(state, request, tools),
      };
    },
    parts: async function* (signal, accept) {
      const observed = await observe(request, env, signal);
      const { state, session, tools } = observed;
      refuse([...problemsOf(state, request, tools), ...sessionProblems(session, tools)]);
      accept(namesOf(state));
      report = reportOf(state, request, tools);
      yield* partsOf(observed, request, env, signal);
    },
    report: () => report,
  };
}

function namesOf({ databases }: ServerState): readonly string[] {
  return databases.map(({ name }) => name);
}

interface Observed {
  readonly state: ServerState;
  readonly session: Session;
  /** What to dump with. */
  readonly tools: Tools;
}

/** Which tools can dump the server, only the server tells. */
async function observe(request: MysqlRequest, env: Environment, signal: AbortSignal): Promise<Observed> {
  const here = await findTools(env, signal);
  return asking(request, toolsToAsk(here, request.kind), env, async (unset) => {
    const session = await sessionOn(unset, readingSettings, signal);
    const state = await observeServer({ ...unset, session: session.assignments }, request.database, signal);
    if (state.databases.length === 0) throw noDatabase(request, state);
    return { state, session, tools: toolsToDump(here, state.family) };
  });
}

/** @param ask gets a client whose sessions are as the server makes them */
async function asking<T>(
  request: MysqlRequest,
  { family, client: program }: Tools,
  env: Environment,
  ask: (client: Client) => Promise<T>,
): Promise<T> {
  const optionFile = await writeOptionFile(connectionOptions(request, family));
  try {
    return await ask({ program, optionFile, password: request.password, env, session: [] });
  } finally {
    await optionFile.remove();
  }
}

function noDatabase({ database }: MysqlRequest, { user }: ServerState): RunFailed {
  return database === null
    ? new RunFailed("source", "the server has no database but its own, or none that the user may see", {
        remedy: "name one, or grant the user SELECT in it",
      })
    : new RunFailed("source", `there is no database ${JSON.stringify(database)}, or ${user} may see nothing of it`, {
        remedy: "correct the name of the database, or grant the user SELECT in it",
      });
}

function refuse(problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new RunFailed("source", `the dump would not be whole: ${problems.join(" ")}`, {
    remedy: "ksnapshot dump --check tells when all is well",
  });
}

async function* partsOf(
  { state, session, tools }: Observed,
  request: MysqlRequest,
  env: Environment,
  signal: AbortSignal,
): AsyncGenerator<DumpPart> {
  for (const database of state.databases) {
    const marks = () =>
      asking(request, tools, env, (client) =>
        tableMarks({ ...client, session: session.assignments }, database.name, signal),
      );
    const before = await marks();
    const own = dumpSession(database, session.assignments);
    const optionFile = await writeOptionFile(connectionOptions(request, tools.family, own));
    try {
      yield {
        name: database.name,
        dump: {
          kind: "command",
          command: dumpCommand(database, request, tools, { optionFile, env, session: own }),
          explain: (exit: Exit) => mysqlFailed(exit, request.password),
        },
        judge: (seen) => judgeDump(request.kind, seen),
      };
      refuseReplaced(database.name, before, await marks(), (name) => isMeant(request, name));
    } finally {
      await optionFile.remove();
    }
  }
}

/**
 * The last line of every whole dump tells when it was completed, the first ones by what and of which server.
 * @throws {RunFailed} when the last is missing
 */
export function judgeDump(kind: Family, { head, tail }: Seen): DumpVersions {
  requireEndMark(kind, tail);
  return {
    server: /^-- Server version\t(\S+)/m.exec(head)?.[1] ?? null,
    tool: /^-- (?:MySQL|MariaDB) dump \S*?(?:\s+Distrib |-)(\d+\.\d+\.\d+)/m.exec(head)?.[1] ?? null,
  };
}
