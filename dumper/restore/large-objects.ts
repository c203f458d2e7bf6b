//   BEGIN;  SELECT lo_open(…);  SELECT lowrite(…);  …  SELECT lo_close(…);  …  COMMIT;
//
// So pg_dump writes the content of large objects, and no transaction but this one. Inside one of ours its COMMIT would end ours, and
// all that comes after would be restored piece by piece.
import { RunFailed } from "../failure.ts";
import type { Piece } from "./dump-statements.ts";

/** The dump without pg_dump's own transactions. @throws {RunFailed} at one around anything else, which pg_dump has not written */
export async function* withoutTransactions(pieces: AsyncIterable<Piece>): AsyncGenerator<Piece> {
  let isInside = false;
  for await (const piece of pieces) {
    if (isStatement(piece, "BEGIN;")) {
      if (isInside) throw strange("BEGIN");
      isInside = true;
    } else if (isStatement(piece, "COMMIT;")) {
      if (!isInside) throw strange("COMMIT");
      isInside = false;
    } else {
      if (isInside && piece.kind === "statement" && !isOfLargeObject(piece)) throw strange("BEGIN");
      yield piece;
    }
  }
}

/** Whether a statement writes to a large object that is open, or closes it: the transaction that opened it must still be there. */
export function needsOpenObject(piece: Piece): boolean {
  return begins(piece, "SELECT pg_catalog.lowrite(") || closesObject(piece);
}

export function opensObject(piece: Piece): boolean {
  return begins(piece, "SELECT pg_catalog.lo_open(");
}

export function closesObject(piece: Piece): boolean {
  return begins(piece, "SELECT pg_catalog.lo_close(");
}

function isOfLargeObject(piece: Piece): boolean {
  return opensObject(piece) || needsOpenObject(piece);
}

function isStatement(piece: Piece, text: string): boolean {
  return piece.bytes.length - piece.first === text.length && begins(piece, text);
}

/** However long the statement is: a lowrite has 16 KiB of an object. */
function begins({ kind, bytes, first }: Piece, text: string): boolean {
  return kind === "statement" && bytes.toString("latin1", first, first + text.length) === text;
}

function strange(word: string): RunFailed {
  return new RunFailed(
    "invalid",
    `the dump has a ${word} that is not around large objects, which pg_dump does not write`,
    {
      remedy: "do not use this snapshot: somebody changed it, or it is damaged (ksnapshot verify)",
    },
  );
}
