//   dump ─▶ statements and rows ─▶ without its transactions and what is left out ─┬▶ as it is                    one transaction
//                                                                                ├▶ some statements together      several
//                                                                                └▶ each step on its own         on past what fails
import { randomBytes } from "node:crypto";
import { copiesRows, type Piece } from "./dump-statements.ts";
import { closesObject, needsOpenObject, opensObject } from "./large-objects.ts";
import type { PsqlSession } from "./psql.ts";

/** What of a dump a target does not get. */
export interface LeftOut {
  /** Whether materialized views stay empty. */
  readonly refreshes: boolean;
  /** Quoted as SQL needs it. Only who owns an extension may comment on it. */
  readonly commentsOnExtensions: readonly string[];
  /** As `FUNCTION public.f(a integer)`. Only who owns it may grant it. */
  readonly grantsOn: ReadonlySet<string>;
  /** Called for each statement that is left out, with why. */
  readonly told: (what: string) => void;
}

/** A statement that decides something is short. */
const longestBytes = 2_000;

/** The dump without what is left out. */
export async function* without(leftOut: LeftOut, pieces: AsyncIterable<Piece>): AsyncGenerator<Piece> {
  for await (const piece of pieces) {
    const statement = shortStatement(piece, "R", "C", "G");
    const view = /^REFRESH MATERIALIZED VIEW ([^]*);$/.exec(statement)?.[1];
    const extension = /^COMMENT ON EXTENSION ("(?:[^"]|"")+"|\S+) IS /.exec(statement)?.[1];
    const granted = grantedBy(statement);
    if (view !== undefined && leftOut.refreshes) {
      leftOut.told(`the materialized view ${view} is empty until it is refreshed: REFRESH MATERIALIZED VIEW ${view};`);
    } else if (extension !== undefined && leftOut.commentsOnExtensions.includes(extension)) {
      leftOut.told(`the comment on the extension ${extension}, which only its owner may make, is left out`);
    } else if (granted !== null && leftOut.grantsOn.has(granted)) {
      leftOut.told(`what only its owner may grant is left out: ${statement}`);
    } else yield piece;
  }
}

/** What a GRANT or REVOKE of pg_dump's is about, as `FUNCTION public.f(a integer)`. */
function grantedBy(statement: string): string | null {
  return (
    /^(?:GRANT|REVOKE) [^]*? ON ((?:FUNCTION|PROCEDURE|TABLE|SEQUENCE|TYPE) [^]*) (?:TO|FROM) (?:"(?:[^"]|"")+"|[^\s"]+)(?: WITH GRANT OPTION)?;$/.exec(
      statement,
    )?.[1] ?? null
  );
}

/** For one transaction around all of it. */
export async function* inOneTransaction(pieces: AsyncIterable<Piece>): AsyncGenerator<Buffer> {
  for await (const { bytes } of pieces) yield bytes;
}

/** So many statements are one transaction of several: each waits for the disk, and each object holds a few locks to its end. */
const statementsTogether = 500;

/** For a session that ends at the first statement that fails. The content of a large object is written in one transaction. */
export async function* inSeveralTransactions(pieces: AsyncIterable<Piece>): AsyncGenerator<Buffer> {
  let statements = 0;
  yield Buffer.from("BEGIN;\n");
  for await (const piece of pieces) {
    if (piece.kind === "statement" && statements++ >= statementsTogether && !needsOpenObject(piece)) {
      yield Buffer.from("\nCOMMIT;\nBEGIN;");
      statements = 0;
    }
    yield piece.bytes;
  }
  yield Buffer.from("\nCOMMIT;\n");
}

/**
 * For a session that goes on past what fails. Where COPY itself fails, psql would take its rows for SQL and run them: each is
 * tried without rows first. Of large objects each is written in a transaction of its own.
 */
export async function* passingOver(pieces: AsyncIterable<Piece>, session: PsqlSession): AsyncGenerator<Buffer> {
  const key = randomBytes(16).toString("hex");
  let skipsRows = false;
  for await (const piece of pieces) {
    const { kind, bytes, first } = piece;
    if (skipsRows) {
      skipsRows = kind !== "end of rows";
    } else if (kind === "statement" && copiesRows(bytes, first)) {
      const copy = Buffer.from(bytes.subarray(first));
      yield Buffer.from(
        `BEGIN;\n${copy.toString("latin1")}\n\\.\nSELECT '${key}';\nROLLBACK;\nSELECT '${key}!';\n`,
        "latin1",
      );
      skipsRows = !(await session.answers(key, `${key}!`));
      if (!skipsRows) yield copy;
    } else if (opensObject(piece)) yield around("\nBEGIN;", bytes, "");
    else if (closesObject(piece)) yield around("", bytes, "\nCOMMIT;");
    else yield bytes;
  }
}

function around(before: string, bytes: Buffer, after: string): Buffer {
  return Buffer.concat([Buffer.from(before), bytes, Buffer.from(after)]);
}

/** The text of a short statement that begins with one of the letters; of any other piece none. */
function shortStatement({ kind, bytes, first }: Piece, ...letters: readonly string[]): string {
  const isMeant = letters.includes(String.fromCharCode(bytes[first] ?? 0));
  return kind === "statement" && isMeant && bytes.length - first <= longestBytes ? bytes.toString("utf8", first) : "";
}
