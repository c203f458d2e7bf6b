import type { MysqlRequest } from "../../../contract/mysql-request.ts";
import { leavesOut } from "../../../contract/mysqldump-options.ts";
import type { SourceReport } from "../source.ts";
import { dumpsHistory } from "./dump-command.ts";
import { identifier } from "./grants.ts";
import type { DatabaseState, ServerState, TableState } from "./server-state.ts";
import type { Tools } from "./tools.ts";

type Wish = Pick<MysqlRequest, "options" | "tables" | "excludedTables" | "skip">;

/** So many names are told, and how many more there are. */
const namesTold = 20;

/** What the manifest says of a dump. */
export function reportOf({ databases }: ServerState, wish: Wish, tools: Pick<Tools, "options">): SourceReport {
  const { options, tables, excludedTables, skip } = wish;
  return {
    skipped: [
      ...skip.map((kind) => `${kind} (skip)`),
      ...excludedTables.map((name) => `table ${name} (MYSQLDUMP_EXCLUDED_TABLES)`),
      ...(tables.length === 0
        ? []
        : [`all but the tables ${tables.join(", ")}; routines and events (MYSQLDUMP_TABLES)`]),
      ...options.filter(leavesOut).map((option) => `${option} (MYSQLDUMP_OPTIONS)`),
    ],
    notes: [
      ...databases.map(creationNote),
      ...notTransactional(databases, excludedTables),
      ...(dumpsHistory(tools) ? [] : lostHistory(databases, excludedTables)),
      ...(skip.includes("views") ? [] : unusableViews(databases, excludedTables)),
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

function notTransactional(databases: readonly DatabaseState[], excluded: readonly string[]): readonly string[] {
  const names = namesOf(databases, excluded, ({ kind, isTransactional }) => kind === "table" && !isTransactional);
  return names.length === 0
    ? []
    : [
        `These tables are not transactional, and what was written to them during the dump may be in it in part: ${list(names)}.`,
      ];
}

function lostHistory(databases: readonly DatabaseState[], excluded: readonly string[]): readonly string[] {
  const names = namesOf(databases, excluded, ({ isVersioned }) => isVersioned);
  return names.length === 0
    ? []
    : [`Only the present rows of these versioned tables are in the dump, not their history: ${list(names)}.`];
}

/** MariaDB writes their tables with the database's name before it. */
function unusableViews(databases: readonly DatabaseState[], excluded: readonly string[]): readonly string[] {
  const names = namesOf(databases, excluded, ({ isReadable, isUsable }) => isReadable && !isUsable);
  return names.length === 0
    ? []
    : [
        `These views cannot be used, because their definer is gone or may not read what they show: ${list(names)}. They are in the dump, and may go back only into a database of the same name.`,
      ];
}

function namesOf(
  databases: readonly DatabaseState[],
  excluded: readonly string[],
  isMeant: (table: TableState) => boolean,
): readonly string[] {
  return databases.flatMap(({ name, tables }) =>
    tables
      .filter((table) => isMeant(table) && !excluded.includes(table.name))
      .map((table) => {
        const engine = table.engine === "" ? "" : ` (${table.engine})`;
        return `${identifier(name)}.${identifier(table.name)}${engine}`;
      }),
  );
}

function list(names: readonly string[]): string {
  const more = names.length > namesTold ? ` and ${names.length - namesTold} more` : "";
  return `${names.slice(0, namesTold).join(", ")}${more}`;
}
