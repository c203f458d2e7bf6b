import { RunFailed } from "../failure.ts";
import { SqlScanner } from "./sql-scanner.ts";

/** A longer statement is passed on in parts: none of those that a restore changes is so long, but a COPY. */
const longestBytes = 64 * 1024;
/** A COPY is whole, as rows follow it: 1,600 columns at most, each with a name of 63 bytes in quotes, are a fifth of this. */
const longestCopyBytes = 2 ** 20;

/**
 * A piece of a dump: a statement, with the white space and comments before it; a part of one that is too long to be looked
 * at; rows that follow a COPY, and their end.
 */
export interface Piece {
  readonly kind: "statement" | "part" | "rows" | "end of rows";
  readonly bytes: Buffer;
  /** Where the first word of a statement is; 0 for any other piece. */
  readonly first: number;
}

const endOfRows = "\n\\.\n";

/**
 * A dump of pg_dump in plain SQL, piece by piece; together they are the dump, but for quotes that psql needs. A chunk of the dump need be valid only until the
 * next one is asked for.
 * @throws {RunFailed} at a COPY that no server can have had
 */
export async function* piecesOf(dump: AsyncIterable<Buffer>): AsyncGenerator<Piece> {
  const scanner = new SqlScanner();
  let pending: Buffer = Buffer.alloc(0);
  let isAmongRows = false;
  let isLong = false;

  function* pieces(isLast: boolean): Generator<Piece> {
    for (;;) {
      if (isAmongRows) {
        const found = pending.indexOf(endOfRows);
        if (found === -1) {
          const passed = Math.max(0, isLast ? pending.length : pending.length - endOfRows.length + 1);
          if (passed > 0) yield { kind: "rows", bytes: pending.subarray(0, passed), first: 0 };
          pending = pending.subarray(passed);
          return;
        }
        const end = found + endOfRows.length;
        yield { kind: "end of rows", bytes: pending.subarray(0, end), first: 0 };
        pending = pending.subarray(end);
        isAmongRows = false;
      }
      const end = scanner.find(pending, isLast);
      if (end === -1) {
        const isCopy = !isLong && beginsWithCopy(pending, scanner.first);
        if (isCopy && pending.length - scanner.first > longestCopyBytes) throw tooLongCopy();
        if ((pending.length > longestBytes && !isCopy) || (isLast && pending.length > 0)) {
          // What is not looked at yet stays: it may be half of a word, or of the end of a quotation.
          const passed = isLast ? pending.length : scanner.certain;
          yield { kind: "part", bytes: quoted(pending.subarray(0, passed), scanner.names), first: 0 };
          // Comments alone are no part of what comes after them.
          isLong ||= scanner.first !== -1;
          pending = pending.subarray(passed);
          scanner.shift(passed);
        }
        return;
      }
      const { first, names } = scanner;
      const bytes = quoted(pending.subarray(0, end), names);
      yield isLong ? { kind: "part", bytes, first: 0 } : { kind: "statement", bytes, first };
      isAmongRows = !isLong && copiesRows(bytes, first);
      isLong = false;
      // The line break after COPY is the first byte of what follows: an end of rows begins with one.
      pending = pending.subarray(end);
    }
  }

  for await (const chunk of dump) {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    yield* pieces(false);
    pending = Buffer.from(pending);
  }
  yield* pieces(true);
}

/** With quotes around each name begin. */
function quoted(bytes: Buffer, names: readonly number[]): Buffer {
  if (names.length === 0) return bytes;
  const starts = [0, ...names.map((at) => at + "begin".length)];
  const parts = starts.map((start, index) => bytes.toString("latin1", start, names[index] ?? bytes.length));
  return Buffer.from(parts.join('"begin"'), "latin1");
}

/** Whether rows follow a statement. */
export function copiesRows(bytes: Buffer, first: number): boolean {
  return beginsWithCopy(bytes, first) && bytes.subarray(-12).equals(fromStdin);
}

const fromStdin = Buffer.from(" FROM stdin;");

function beginsWithCopy(bytes: Buffer, first: number): boolean {
  return first !== -1 && bytes.toString("latin1", first, first + 5) === "COPY ";
}

function tooLongCopy(): RunFailed {
  return new RunFailed("invalid", `the dump has a COPY of more than ${longestCopyBytes} bytes before its rows`, {
    remedy: "do not use this snapshot: it is damaged; ksnapshot verify reads it to its end",
  });
}
