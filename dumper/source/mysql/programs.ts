import type { MysqlRequest } from "../../../contract/mysql-request.ts";
import type { Row } from "./client.ts";
import { fullName } from "./grants.ts";
import { inScope } from "./scope.ts";

/** A routine, trigger or event in whose text the client may miss the delimiter that the dump tool writes behind it. */
export interface AwkwardProgram {
  readonly name: string;
  readonly type: "FUNCTION" | "PROCEDURE" | "TRIGGER" | "EVENT";
  /** Whether its last line may have a comment, into which MySQL's tool writes the delimiter. */
  readonly endsInComment: boolean;
  /** Whether it has a line that reads as the one by which the dump ends such a text. */
  readonly hasDelimiterLine: boolean;
  /** Whether it is an event that holds `;;`: MySQL's tool looks for another delimiter then, and never ends. */
  readonly neverEnds: boolean;
}

/** Asks for those that are awkward: the rows are `program`, the database, and what {@link awkwardProgramOf} reads. */
export function awkwardProgramsQuery(database: string | null): string {
  const from = (table: string, [schema, name, type, text]: readonly [string, string, string, string]) =>
    `SELECT 'program', ${schema}, ${name}, ${type}, ${endsInComment(text)}, ${hasDelimiterLine(text)}, ${neverEnds(table, text)} FROM information_schema.${table} ${inScope(schema, database)} AND (${endsInComment(text)} OR ${hasDelimiterLine(text)} OR ${neverEnds(table, text)})`;
  return [
    from("ROUTINES", ["ROUTINE_SCHEMA", "ROUTINE_NAME", "ROUTINE_TYPE", "ROUTINE_DEFINITION"]),
    from("TRIGGERS", ["TRIGGER_SCHEMA", "TRIGGER_NAME", "'TRIGGER'", "ACTION_STATEMENT"]),
    from("EVENTS", ["EVENT_SCHEMA", "EVENT_NAME", "'EVENT'", "EVENT_DEFINITION"]),
  ].join("; ");
}

function endsInComment(text: string): string {
  return `SUBSTRING_INDEX(${text}, '\\n', -1) REGEXP '--|#'`;
}

function hasDelimiterLine(text: string): string {
  return `LOCATE('\\nDELIMITER ;', ${text}) > 0`;
}

function neverEnds(table: string, text: string): string {
  return table === "EVENTS" ? `LOCATE(';;', ${text}) > 0` : "0";
}

export function awkwardProgramOf([
  name = "",
  type = "",
  endsInComment,
  hasDelimiterLine,
  neverEnds,
]: Row): AwkwardProgram {
  return {
    name,
    type: (["FUNCTION", "PROCEDURE", "TRIGGER"] as const).find((one) => one === type) ?? "EVENT",
    endsInComment: endsInComment === "1",
    hasDelimiterLine: hasDelimiterLine === "1",
    neverEnds: neverEnds === "1",
  };
}

/** What of a database the dump has of one kind, as `TRIGGER \`shop\`.\`paid\``. */
export function programsNamed(
  { name, awkwardPrograms }: { readonly name: string; readonly awkwardPrograms: readonly AwkwardProgram[] },
  { skip, tables }: Pick<MysqlRequest, "skip" | "tables">,
  which: "endsInComment" | "hasDelimiterLine" | "neverEnds",
): readonly string[] {
  const isMeant = ({ type }: AwkwardProgram) => {
    if (type === "TRIGGER") return !skip.includes("triggers");
    return tables.length === 0 && !skip.includes(type === "EVENT" ? "events" : "routines");
  };
  return awkwardPrograms
    .filter((program) => program[which] && isMeant(program))
    .map((program) => `${program.type} ${fullName(name, program.name)}`);
}
