import type { MysqlRequest } from "../../../contract/mysql-request.ts";
import { leavesOut } from "../../../contract/mysqldump-options.ts";
import type { SourceReport } from "../source.ts";
import type { Family } from "./connection.ts";
import { hasHistory } from "./dump-command.ts";
import { account, fullName, identifier, isGrantedGlobally } from "./grants.ts";
import { programsNamed } from "./programs.ts";
import { isMeant } from "./scope.ts";
import type { DatabaseState, ServerState, TableState } from "./server-state.ts";
import type { Tools } from "./tools.ts";

type Wish = Pick<MysqlRequest, "options" | "tables" | "excludedTables" | "skip">;

/** So many names are told, and how many more there are. */
const namesTold = 20;

/**
 * The engines of which the tools dump no rows, but for those whose rows are in other tables of the server.
 * https://dev.mysql.com/doc/refman/en/federated-usagenotes.html, and --no-data-med and --copy-s3-tables of mariadb-dump
 */
const datalessEngines: Readonly<Record<Family, ReadonlySet<string>>> = {
  mysql: new Set(["FEDERATED"]),
  mariadb: new Set(["FEDERATED", "CONNECT", "OQGRAPH", "SPIDER", "VP", "S3"]),
};

/** What the manifest says of a dump. */
export function reportOf(
  { databases, grants, user }: ServerState,
  wish: Wish,
  tools: Pick<Tools, "dump" | "family" | "options">,
): SourceReport {
  const { options, tables, excludedTables, skip } = wish;
  const dataless = datalessEngines[tools.family];
  return {
    skipped: [
      ...skip.map((kind) => `${kind} (skip)`),
      ...excludedTables.map((name) => `table ${name} (MYSQLDUMP_EXCLUDED_TABLES)`),
      ...(tables.length === 0
        ? []
        : [`all but the tables ${tables.join(", ")}; routines and events (MYSQLDUMP_TABLES)`]),
      ...options.filter(leavesOut).map((option) => `${option} (MYSQLDUMP_OPTIONS)`),
      ...told(
        namesOf(databases, wish, ({ engine }) => dataless.has(engine.toUpperCase())),
        (names) => `the rows of ${names}: ${tools.dump} leaves out what an engine has elsewhere`,
      ),
      ...told(
        namesOf(
          databases.filter((database) => !hasHistory(database, wish, tools)),
          wish,
          ({ isVersioned }) => isVersioned,
        ),
        (names) =>
          `the history of the versioned tables ${names}: ${tools.dump} cannot dump it, or not beside a table that keeps it by transactions`,
      ),
    ],
    notes: [
      ...databases.map(creationNote),
      ...databases.flatMap(sameNames),
      ...(tools.family === "mysql" ? databases.flatMap((database) => endingsNote(database, wish)) : []),
      ...told(
        namesOf(databases, wish, ({ engine }) => isMerged(engine)),
        (names) => `The rows of ${names} are those of the tables that they are made of, and in the dump with those.`,
      ),
      ...told(
        namesOf(
          databases,
          wish,
          ({ kind, isTransactional, engine }) =>
            kind === "table" && !isTransactional && !isMerged(engine) && !dataless.has(engine.toUpperCase()),
        ),
        (names) =>
          `These tables are not transactional, and what was written to them during the dump may be in it in part: ${names}.`,
      ),
      ...told(
        isGrantedGlobally(grants, "PROCESS") ? [] : namesOf(databases, wish, ({ isPartitioned }) => isPartitioned),
        (names) =>
          `A partition of these tables that is exchanged for a table during a dump goes unnoticed, and rows of it may be missing then: ${names}. It would be noticed with GRANT PROCESS ON *.* TO ${account(user)}.`,
      ),
      ...databases
        .filter((database) => hasHistory(database, wish, tools))
        .map(({ name }) => historyNote(name, options.includes("--update-history"))),
      ...(skip.includes("views")
        ? []
        : told(
            namesOf(databases, wish, ({ isReadable, isUsable }) => isReadable && !isUsable),
            // MariaDB writes their tables with the database's name before it.
            (names) =>
              `These views cannot be used, because their definer is gone or may not read what they show: ${names}. They are in the dump, and may go back only into a database of the same name.`,
          )),
      ...(databases.length > 1
        ? ["Each database is as it was when its own dump began: they are not of one moment."]
        : []),
    ],
  };
}

/** Not part of the dump, so that it goes back under any name. */
export function creationNote({ name, charset, collation }: DatabaseState): string {
  return `The database was made by: ${creationStatement(name, charset, collation)};`;
}

/** @param isMoved whether the tool wrote the end of time of MariaDB 11.5 for a server before that */
export function historyNote(database: string, isMoved: boolean): string {
  const forWhom = isMoved ? ", for MariaDB 11.5 and later" : "";
  return `The history of the versioned tables of ${identifier(database)} is in the dump${forWhom}.`;
}

/** Tables that a server which does not tell capital letters apart would make one of. */
function sameNames({ name, tables }: DatabaseState): readonly string[] {
  const byLower = Map.groupBy(tables, (table) => table.name.toLowerCase());
  const same = [...byLower.values()].flatMap((those) =>
    those.length > 1 ? those.map((one) => identifier(one.name)) : [],
  );
  return told(same, (names) => `${sameNamesIn(name)} ${names}.`);
}

function sameNamesIn(database: string): string {
  return `Only a server with lower_case_table_names=0 can have these tables of ${identifier(database)}, whose names differ by case alone:`;
}

/** The same read back: whether a database has such tables. */
export function hasSameNames(notes: readonly string[], database: string): boolean {
  return notes.some((note) => note.startsWith(sameNamesIn(database)));
}

/** Of MySQL's tool alone: MariaDB's writes a line break before the delimiter. */
function endingsNote(database: DatabaseState, wish: Wish): readonly string[] {
  return told(programsNamed(database, wish, "endsInComment"), (names) => `${endingsIn(database.name)} ${names}.`);
}

function endingsIn(database: string): string {
  return `In the dump of ${identifier(database)} the delimiter may stand in the comment that ends a definition; ksnapshot restore puts a line break before it:`;
}

/** The same read back: whether the end of a definition must be looked for in comments. */
export function hasEndingsInComments(notes: readonly string[], database: string): boolean {
  return notes.some((note) => note.startsWith(endingsIn(database)));
}

/** The same read back, for a database to restore. Null: the notes do not tell. */
export function creationOf(
  notes: readonly string[],
  database: string,
): { readonly charset: string; readonly collation: string } | null {
  const beginning = `The database was made by: CREATE DATABASE ${identifier(database)} `;
  const note = notes.find((one) => one.startsWith(beginning))?.slice(beginning.length) ?? "";
  const match = /^CHARACTER SET (\w+) COLLATE (\w+);$/.exec(note);
  return match === null ? null : { charset: match[1] ?? "", collation: match[2] ?? "" };
}

export function creationStatement(name: string, charset: string, collation: string): string {
  return `CREATE DATABASE ${identifier(name)} CHARACTER SET ${charset} COLLATE ${collation}`;
}

function isMerged(engine: string): boolean {
  return /^MRG_/i.test(engine);
}

function namesOf(
  databases: readonly DatabaseState[],
  wish: Pick<Wish, "tables" | "excludedTables">,
  isTold: (table: TableState) => boolean,
): readonly string[] {
  return databases.flatMap(({ name, tables }) =>
    tables
      .filter((table) => isTold(table) && isMeant(wish, table.name))
      .map((table) => {
        const engine = table.engine === "" ? "" : ` (${table.engine})`;
        return `${fullName(name, table.name)}${engine}`;
      }),
  );
}

/** Nothing where there are none. */
function told(names: readonly string[], sentence: (names: string) => string): readonly string[] {
  if (names.length === 0) return [];
  const more = names.length > namesTold ? ` and ${names.length - namesTold} more` : "";
  return [sentence(`${names.slice(0, namesTold).join(", ")}${more}`)];
}
