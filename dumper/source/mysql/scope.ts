import type { MysqlRequest } from "../../../contract/mysql-request.ts";
import { literal } from "./client.ts";

/** What belongs to the server itself; `ndbinfo` is the cluster's. */
const systemDatabases = ["mysql", "information_schema", "performance_schema", "sys", "ndbinfo"] as const;

/**
 * The condition that a row is of what is dumped.
 * @param column which holds the name of the database
 * @param database null: every one that is not the server's own
 */
export function inScope(column: string, database: string | null): string {
  return database === null
    ? `WHERE ${column} NOT IN (${systemDatabases.map((name) => `'${name}'`).join(", ")})`
    : `WHERE ${column} = ${literal(database)}`;
}

/** Whether a table is among those to dump. */
export function isMeant(
  { tables, excludedTables }: Pick<MysqlRequest, "tables" | "excludedTables">,
  table: string,
): boolean {
  return !excludedTables.includes(table) && (tables.length === 0 || tables.includes(table));
}
