import { RunFailed } from "../../failure.ts";
import { type Client, literal, type Row, rowsOf } from "./client.ts";
import type { Family } from "./connection.ts";
import { type Grant, parseGrant } from "./grants.ts";
import { lookAtViews, viewName } from "./views.ts";

/** What a server tells of itself and of the databases that are to be dumped, as far as the user may see it. */
export interface ServerState {
  readonly family: Family;
  /** `9.7.4`, without what the distributor adds. */
  readonly version: string;
  /** As CURRENT_USER() gives it: `bk@%`. */
  readonly user: string;
  readonly isEncrypted: boolean;
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
}

export interface TableState {
  readonly name: string;
  readonly kind: "table" | "view" | "sequence";
  /** Keeps the rows that were: only MariaDB has such tables. */
  readonly isVersioned: boolean;
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

/** What belongs to the server itself; `ndbinfo` is the cluster's. */
export const systemDatabases = ["mysql", "information_schema", "performance_schema", "sys", "ndbinfo"] as const;

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
  const state = readServerState(await rowsOf(client, stateQuery(database), signal));
  const views = state.databases.flatMap(({ name, tables }) =>
    tables.filter(({ kind }) => kind === "view").map((view) => viewName(name, view.name)),
  );
  if (views.length === 0) return state;
  const { readable, usable } = await lookAtViews(client, views, signal);
  const databases = state.databases.map((database) => ({
    ...database,
    tables: database.tables.map((table) => {
      if (table.kind !== "view") return table;
      const view = viewName(database.name, table.name);
      return { ...table, isReadable: readable.has(view), isUsable: usable.has(view) };
    }),
  }));
  return { ...state, databases };
}

/** Where a database's names stand: the table of information_schema, its column for the database, and the name. */
const namesIn = [
  ["SCHEMATA", "SCHEMA_NAME", "SCHEMA_NAME"],
  ["TABLES", "TABLE_SCHEMA", "TABLE_NAME"],
  ["COLUMNS", "TABLE_SCHEMA", "COLUMN_NAME"],
  ["ROUTINES", "ROUTINE_SCHEMA", "ROUTINE_NAME"],
  ["TRIGGERS", "TRIGGER_SCHEMA", "TRIGGER_NAME"],
  ["EVENTS", "EVENT_SCHEMA", "EVENT_NAME"],
] as const;

/** Every row begins with the name of what it tells, but for the grants. */
function stateQuery(named: string | null): string {
  const where = (column: string) =>
    named === null
      ? `WHERE ${column} NOT IN (${systemDatabases.map((name) => `'${name}'`).join(", ")})`
      : `WHERE ${column} = ${literal(named)}`;
  return [
    "SELECT 'server', VERSION(), @@version_comment, CURRENT_USER()",
    "SHOW SESSION STATUS LIKE 'Ssl_cipher'",
    "SHOW GRANTS",
    "SELECT 'engine', ENGINE, COALESCE(TRANSACTIONS, '') FROM information_schema.ENGINES",
    `SELECT 'database', SCHEMA_NAME, DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA ${where("SCHEMA_NAME")} ORDER BY SCHEMA_NAME`,
    `SELECT 'table', TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, COALESCE(ENGINE, '') FROM information_schema.TABLES ${where("TABLE_SCHEMA")} ORDER BY TABLE_NAME`,
    `SELECT 'routine', ROUTINE_SCHEMA, ROUTINE_NAME, ROUTINE_TYPE, ROUTINE_DEFINITION IS NOT NULL FROM information_schema.ROUTINES ${where("ROUTINE_SCHEMA")} ORDER BY ROUTINE_NAME`,
    ...namesIn.map(
      ([table, database, name]) =>
        `SELECT DISTINCT 'not ASCII', ${database} FROM information_schema.${table} ${where(database)} AND LENGTH(${name}) <> CHAR_LENGTH(${name})`,
    ),
  ].join("; ");
}

/** Reads the rows of the query above. @throws {RunFailed} when the server did not tell who it is */
export function readServerState(rows: readonly Row[]): ServerState {
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
  const routines = told("routine");
  const notAscii = new Set(told("not ASCII").map(([database]) => database));
  return {
    family: /mariadb/i.test(version + comment) ? "mariadb" : "mysql",
    version: number,
    user,
    isEncrypted: (told("Ssl_cipher")[0]?.[0] ?? "") !== "",
    grants: rows.map(([first = ""]) => parseGrant(first)).filter((grant) => grant !== null),
    databases: told("database").map(([name = "", charset = "", collation = ""]) => ({
      ...{ name, charset, collation, hasAsciiNames: !notAscii.has(name) },
      tables: tables.filter(([database]) => database === name).map((fields) => tableOf(fields, transactional)),
      routines: routines
        .filter(([database]) => database === name)
        .map(([, routine = "", type = "", isReadable]) => ({ name: routine, type, isReadable: isReadable === "1" })),
    })),
  };
}

function tableOf([, name = "", type = "", engine = ""]: Row, transactional: ReadonlySet<string>): TableState {
  return {
    name,
    kind: type.includes("VIEW") ? "view" : type === "SEQUENCE" ? "sequence" : "table",
    isVersioned: type === "SYSTEM VERSIONED",
    isTransactional: transactional.has(engine),
    engine,
    isReadable: true,
    isUsable: true,
  };
}
