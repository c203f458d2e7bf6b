import { type Client, rowsThatCanBeHad } from "./client.ts";
import { inScope } from "./scope.ts";

/**
 * Where the names stand that a dump tool may ask for: the table of information_schema, its column for the database, and the
 * name. `LIBRARIES` is there since MySQL 9.2. And the values of partitions, which all servers write in hexadecimal where they
 * believe that their client has not such letters.
 */
const namesIn = [
  ["SCHEMATA", "SCHEMA_NAME", "SCHEMA_NAME"],
  ["TABLES", "TABLE_SCHEMA", "TABLE_NAME"],
  ["COLUMNS", "TABLE_SCHEMA", "COLUMN_NAME"],
  ["ROUTINES", "ROUTINE_SCHEMA", "ROUTINE_NAME"],
  ["LIBRARIES", "LIBRARY_SCHEMA", "LIBRARY_NAME"],
  ["TRIGGERS", "TRIGGER_SCHEMA", "TRIGGER_NAME"],
  ["EVENTS", "EVENT_SCHEMA", "EVENT_NAME"],
  ["PARTITIONS", "TABLE_SCHEMA", "PARTITION_DESCRIPTION"],
] as const;

/**
 * The databases that have names in them which are not ASCII. What cannot be asked for, no dump tool can dump either.
 * @param database null: every one that is not the server's own
 * @throws {RunFailed} when the connection ends before the last
 */
export async function withOtherNames(
  client: Client,
  database: string | null,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  // Not DISTINCT, for which names that differ by case may be one.
  const statements = namesIn.map(
    ([table, schema, name]) =>
      `SELECT ${schema} FROM information_schema.${table} ${inScope(schema, database)} AND LENGTH(${name}) <> CHAR_LENGTH(${name});\n`,
  );
  const rows = await rowsThatCanBeHad(client, statements.join(""), signal);
  return new Set(rows.map(([name = ""]) => name));
}
