import { RunFailed } from "../../failure.ts";
import { type Client, type Row, rowsOf } from "./client.ts";
import type { Family } from "./connection.ts";
import { fullName, type Grant, parseGrant } from "./grants.ts";
import { withOtherNames } from "./names.ts";
import { type AwkwardProgram, awkwardProgramOf, awkwardProgramsQuery } from "./programs.ts";
import { inScope } from "./scope.ts";
import { lookAtViews } from "./views.ts";

/** What a server tells of itself and of the databases that are to be dumped, as far as the user may see it. */
export interface ServerState {
  readonly family: Family;
  /** `9.7.4`, without what the distributor adds. */
  readonly version: string;
  /** As CURRENT_USER() gives it: `bk@%`. */
  readonly user: string;
  readonly isEncrypted: boolean;
  /** Whether MySQL numbers its transactions. */
  readonly hasGtids: boolean;
  readonly grants: readonly Grant[];
  readonly databases: readonly DatabaseState[];
}

export interface DatabaseState {
  readonly name: string;
  readonly charset: string;
  readonly collation: string;
  /** Of everything in it, and its own. */
  readonly hasAsciiNames: boolean;
  readonly tables: readonly TableState[];
  readonly routines: readonly RoutineState[];
  /** Those of its routines, triggers and events whose text the dump tool may write so that it is read in another way. */
  readonly awkwardPrograms: readonly AwkwardProgram[];
}

export interface TableState {
  readonly name: string;
  readonly kind: "table" | "view" | "sequence";
  /** Keeps the rows that were: only MariaDB has such tables. */
  readonly isVersioned: boolean;
  /** Keeps them by the transactions that wrote them, and not by the time. */
  readonly isTransactionPrecise: boolean;
  readonly isPartitioned: boolean;
  /** Whether a transaction sees it as it was at its beginning. */
  readonly isTransactional: boolean;
  /** Empty for views. */
  readonly engine: string;
  /** False for a view of something that is gone. */
  readonly isReadable: boolean;
  /** False for a view that is not readable, and for one whose definer is gone. */
  readonly isUsable: boolean;
}

export interface RoutineState {
  readonly name: string;
  /** `FUNCTION`, `PROCEDURE`, `PACKAGE`... */
  readonly type: string;
  /** Whether the user may see what it does, and not only its name. */
  readonly isReadable: boolean;
}

/**
 * Asks a server, as a user who may do no more than dump.
 * @param database null: every one that is not the server's own
 * @throws {RunFailed} when it cannot be asked
 */
export async function observeServer(
  client: Client,
  database: string | null,
  signal: AbortSignal,
): Promise<ServerState> {
  const rows = await rowsOf(client, stateQuery(database), signal);
  const state = readServerState(rows, await withOtherNames(client, database, signal));
  const views = state.databases.flatMap(({ name, tables }) =>
    tables.filter(({ kind }) => kind === "view").map((view) => fullName(name, view.name)),
  );
  if (views.length === 0) return state;
  const { readable, usable } = await lookAtViews(client, views, signal);
  const databases = state.databases.map((database) => ({
    ...database,
    tables: database.tables.map((table) => {
      if (table.kind !== "view") return table;
      const view = fullName(database.name, table.name);
      return { ...table, isReadable: readable.has(view), isUsable: usable.has(view) };
    }),
  }));
  return { ...state, databases };
}

/** Every row begins with the name of what it tells, but for the grants. */
function stateQuery(database: string | null): string {
  return [
    "SELECT 'server', VERSION(), @@version_comment, CURRENT_USER()",
    "SHOW SESSION STATUS LIKE 'Ssl_cipher'",
    "SHOW GLOBAL VARIABLES LIKE 'gtid_mode'",
    "SHOW GRANTS",
    "SELECT 'engine', ENGINE, COALESCE(TRANSACTIONS, '') FROM information_schema.ENGINES",
    `SELECT 'database', SCHEMA_NAME, DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA ${inScope("SCHEMA_NAME", database)} ORDER BY SCHEMA_NAME`,
    `SELECT 'table', TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, COALESCE(ENGINE, ''), COALESCE(CREATE_OPTIONS, '') FROM information_schema.TABLES ${inScope("TABLE_SCHEMA", database)} ORDER BY TABLE_NAME`,
    `SELECT 'precise', TABLE_SCHEMA, TABLE_NAME FROM information_schema.COLUMNS ${inScope("TABLE_SCHEMA", database)} AND GENERATION_EXPRESSION = 'ROW START' AND DATA_TYPE = 'bigint'`,
    `SELECT 'routine', ROUTINE_SCHEMA, ROUTINE_NAME, ROUTINE_TYPE, ROUTINE_DEFINITION IS NOT NULL FROM information_schema.ROUTINES ${inScope("ROUTINE_SCHEMA", database)} ORDER BY ROUTINE_NAME`,
    awkwardProgramsQuery(database),
  ].join("; ");
}

/** Reads the rows of the query above. @throws {RunFailed} when the server did not tell who it is */
function readServerState(rows: readonly Row[], otherNames: ReadonlySet<string>): ServerState {
  const told = (name: string) => rows.filter(([first]) => first === name).map(([, ...fields]) => fields);
  const [[version = "", comment = "", user = ""] = []] = told("server");
  const number = /^(?:5\.5\.5-)?(\d+\.\d+\.\d+)/.exec(version)?.[1];
  if (number === undefined) {
    throw new RunFailed("source", `the server's version cannot be read: ${JSON.stringify(version)}`, {
      remedy: "check that the port is that of a MySQL or MariaDB server",
    });
  }
  const transactional = new Set(told("engine").flatMap(([engine = "", has]) => (has === "YES" ? [engine] : [])));
  const tables = told("table");
  const precise = new Set(told("precise").map(([database = "", table = ""]) => fullName(database, table)));
  const routines = told("routine");
  const programs = told("program");
  return {
    family: /mariadb/i.test(version + comment) ? "mariadb" : "mysql",
    version: number,
    user,
    isEncrypted: (told("Ssl_cipher")[0]?.[0] ?? "") !== "",
    hasGtids: (told("gtid_mode")[0]?.[0] ?? "OFF") !== "OFF",
    grants: rows.map(([first = ""]) => parseGrant(first)).filter((grant) => grant !== null),
    databases: told("database").map(([name = "", charset = "", collation = ""]) => ({
      ...{ name, charset, collation, hasAsciiNames: !otherNames.has(name) },
      tables: tables.filter(([database]) => database === name).map((fields) => tableOf(fields, transactional, precise)),
      routines: routines
        .filter(([database]) => database === name)
        .map(([, routine = "", type = "", isReadable]) => ({ name: routine, type, isReadable: isReadable === "1" })),
      awkwardPrograms: programs
        .filter(([database]) => database === name)
        .map(([, ...fields]) => awkwardProgramOf(fields)),
    })),
  };
}

function tableOf(
  [database = "", name = "", type = "", engine = "", options = ""]: Row,
  transactional: ReadonlySet<string>,
  precise: ReadonlySet<string>,
): TableState {
  return {
    name,
    kind: type.includes("VIEW") ? "view" : type === "SEQUENCE" ? "sequence" : "table",
    isVersioned: type === "SYSTEM VERSIONED",
    isTransactionPrecise: precise.has(fullName(database, name)),
    isPartitioned: options.includes("partitioned"),
    isTransactional: transactional.has(engine),
    engine,
    isReadable: true,
    isUsable: true,
  };
}
