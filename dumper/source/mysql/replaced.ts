import { RunFailed } from "../../failure.ts";
import { type Client, literal, rowsOf } from "./client.ts";
import { fullName } from "./grants.ts";

/** What tells each table of a database from another that took its name: when it was made, and its engine. */
export type TableMarks = ReadonlyMap<string, string>;

/** Asks for them. @throws {RunFailed} when the server cannot be asked */
export async function tableMarks(client: Client, database: string, signal: AbortSignal): Promise<TableMarks> {
  const rows = await rowsOf(
    client,
    `SELECT TABLE_NAME, COALESCE(CREATE_TIME, ''), COALESCE(ENGINE, '') FROM information_schema.TABLES WHERE TABLE_SCHEMA = ${literal(database)} AND TABLE_TYPE <> 'VIEW'`,
    signal,
  );
  return new Map(rows.map(([name = "", made = "", engine = ""]) => [name, `${made} ${engine}`]));
}

/**
 * A transaction sees rows as they were when it began, and tables as they are. One that was renamed to another's name meanwhile, which is how
 * gh-ost and pt-online-schema-change end, is read without the rows that were copied into it since, and no tool says so. A table that is gone
 * was read before, or the tool has failed at it.
 * @throws {RunFailed} when tables are not those that they were
 */
export function refuseReplaced(
  database: string,
  before: TableMarks,
  after: TableMarks,
  isMeant: (table: string) => boolean,
): void {
  const replaced = [...before].filter(([name, mark]) => isMeant(name) && (after.get(name) ?? mark) !== mark);
  if (replaced.length === 0) return;
  const names = replaced.map(([name]) => fullName(database, name)).join(", ");
  throw new RunFailed(
    "source",
    `replaced or altered while the database was dumped, which may lack rows of it: ${names}`,
    {
      remedy: "run it again, at another time than migrations, or leave such tables out by exclude-tables",
    },
  );
}
