import { RunFailed } from "../../failure.ts";
import { type Client, literal, rowsOf, rowsThatCanBeHad } from "./client.ts";
import { fullName } from "./grants.ts";
import { innodbKey, likeTablesOf, tableKey } from "./innodb-names.ts";

/** What tells a table from another that took its name. */
export interface TableMark {
  /** When it was made, and its engine. */
  readonly made: string;
  /** InnoDB's numbers for it or for each of its partitions, by InnoDB's name. Only who has the right PROCESS can ask for them. */
  readonly numbers: ReadonlyMap<string, string>;
}

export type TableMarks = ReadonlyMap<string, TableMark>;

/** Asks for those of a database. @throws {RunFailed} when the server cannot be asked */
export async function tableMarks(client: Client, database: string, signal: AbortSignal): Promise<TableMarks> {
  const rows = await rowsOf(
    client,
    `SELECT TABLE_NAME, COALESCE(CREATE_TIME, ''), COALESCE(ENGINE, '') FROM information_schema.TABLES WHERE TABLE_SCHEMA = ${literal(database)} AND TABLE_TYPE <> 'VIEW'`,
    signal,
  );
  // The table of InnoDB's numbers has one name in MySQL 8, and another in MySQL 5.7 and MariaDB.
  const questions = ["INNODB_TABLES", "INNODB_SYS_TABLES"].map(
    (table) =>
      `SELECT NAME, TABLE_ID FROM information_schema.${table} WHERE NAME LIKE ${literal(likeTablesOf(database))} ESCAPE '|';\n`,
  );
  const numbers = await rowsThatCanBeHad(client, questions.join(""), signal);
  const byKey = Map.groupBy(numbers, ([name = ""]) => innodbKey(name));
  return new Map(
    rows.map(([name = "", made = "", engine = ""]) => {
      const own = byKey.get(tableKey(database, name)) ?? [];
      return [
        name,
        { made: `${made} ${engine}`, numbers: new Map(own.map(([part = "", number = ""]) => [part, number])) },
      ];
    }),
  );
}

/**
 * A transaction sees rows as they were when it began, and tables as they are. One that was renamed to another's name meanwhile, which is how
 * gh-ost and pt-online-schema-change end, is read without the rows that were copied into it since, and no tool says so; so is a partition
 * that was exchanged for a table, which leaves the time as it was at which the whole was made. A table that is gone was read before, or the
 * tool has failed at it. A partition that was added has no row that the transaction would see.
 * @throws {RunFailed} when tables are not those that they were
 */
export function refuseReplaced(
  database: string,
  before: TableMarks,
  after: TableMarks,
  isMeant: (table: string) => boolean,
): void {
  const replaced = [...before].filter(([name, mark]) => isMeant(name) && isAnother(mark, after.get(name) ?? mark));
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

function isAnother(before: TableMark, after: TableMark): boolean {
  return before.made !== after.made || [...before.numbers].some(([name, number]) => after.numbers.get(name) !== number);
}
