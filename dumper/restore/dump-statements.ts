import { SqlScanner } from "./sql-scanner.ts";

/** A longer statement is passed on in parts: none of those that a restore changes is so long. */
const longestBytes = 64 * 1024;

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
 * A dump of pg_dump in plain SQL, piece by piece; together they are the dump. A chunk of the dump need be valid only until the
 * next one is asked for.
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
        if (pending.length > longestBytes || (isLast && pending.length > 0)) {
          // What is not looked at yet stays: it may be half of a word, or of the end of a quotation.
          const passed = isLast ? pending.length : scanner.at;
          yield { kind: "part", bytes: pending.subarray(0, passed), first: 0 };
          pending = pending.subarray(passed);
          scanner.shift(passed);
          isLong = true;
        }
        return;
      }
      const bytes = pending.subarray(0, end);
      const first = isLong ? 0 : firstWordOf(bytes);
      yield { kind: isLong ? "part" : "statement", bytes, first };
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

/** Whether rows follow a statement. */
export function copiesRows(bytes: Buffer, first: number): boolean {
  return bytes.toString("latin1", first, first + 5) === "COPY " && bytes.subarray(-12).equals(fromStdin);
}

const fromStdin = Buffer.from(" FROM stdin;");

/** After white space and comments. */
function firstWordOf(bytes: Buffer): number {
  let at = 0;
  for (;;) {
    while (at < bytes.length && /\s/.test(String.fromCharCode(bytes[at] ?? 0))) at++;
    if (bytes[at] !== 0x2d || bytes[at + 1] !== 0x2d) return at;
    const end = bytes.indexOf(0x0a, at);
    at = end === -1 ? bytes.length : end + 1;
  }
}
