/** A piece of a dump, in the dump's order. */
export interface Piece {
  readonly bytes: Buffer;
  /** `between` are blanks, and the client's own word `DELIMITER`. */
  readonly kind: "between" | "comment" | "statement";
  /** Whether the comment or statement begins with it: then it has all of it, or the first {@link headBytes} at least. */
  readonly begins: boolean;
}

export const headBytes = 1024;

/** So far a scanner looks ahead: to the end of what closes a routine. */
const lookahead = 80;

/**
 * How mysqldump ends routines, triggers and events, of which the client cannot see the delimiter behind a comment. What follows an event no
 * text of one can have, as nothing is between its delimiters.
 */
const closing = {
  plain: [" ;;\nDELIMITER ;\n"],
  versioned: [
    "*/;;\nDELIMITER ;\n",
    "*/ ;;\nDELIMITER ;\n",
    "*/ ;;\n/*!50003 SET time_zone             = @saved_time_zone */ ;;\n",
  ],
} as const;

const [lineBreak = 0, backslash = 0, dash = 0, hash = 0, slash = 0, star = 0, blank = 0] = Buffer.from("\n\\-#/* ");
const [single = 0, double = 0, backtick = 0, semicolon = 0] = Buffer.from("'\"`;");
/** What ends a run of bytes that mean nothing here. */
const telling = new Uint8Array(256);
for (const one of [single, double, backtick, semicolon, dash, hash, slash]) telling[one] = 1;

interface Options {
  /**
   * Takes the delimiter behind a comment that ends a routine, trigger or event for one, and puts a line break before it. Only for a dump of
   * which is known that no text of such a program has a line `DELIMITER ;`, or what is behind that line in the text would be run.
   */
  readonly mends: boolean;
}

/** Tells statements, comments and what is between them apart, as the client does. All bytes come out again, and only a mend adds any. */
export async function* piecesOf(dump: AsyncIterable<Buffer>, options: Options): AsyncGenerator<Piece> {
  const scan = scanner(options);
  for await (const chunk of dump) yield* scan(chunk, false);
  yield* scan(Buffer.alloc(0), true);
}

/** The bytes alone. */
export async function* mended(dump: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const { bytes } of piecesOf(dump, { mends: true })) yield bytes;
}

function scanner({ mends }: Options): (chunk: Buffer, isLast: boolean) => readonly Piece[] {
  let bytes = Buffer.alloc(0);
  let kind: Piece["kind"] = "between";
  /** A quote, `*` for a comment of several lines, a line break for one that ends there, 0 for none of them. */
  let inside = 0;
  let begins = true;
  /** What is behind it was not given yet. */
  let from = 0;
  let at = 0;
  let delimiter = ";";
  let sqlMode = "";
  /** The statement is in a comment for servers of a version, as triggers and events are. */
  let isVersioned = false;
  let pieces: Piece[] = [];

  const isHere = (text: string, where = at) =>
    bytes.length >= where + text.length && bytes.toString("latin1", where, where + text.length) === text;

  function give(): void {
    if (at > from) pieces.push({ kind, begins, bytes: bytes.subarray(from, at) });
    if (at > from) begins = false;
    from = at;
  }

  function turnTo(next: Piece["kind"]): void {
    if (kind === "statement" && begins) sqlMode = sqlModeAfter(bytes.subarray(from, at), sqlMode);
    give();
    [kind, begins] = [next, true];
  }

  function isComment(): boolean {
    const first = bytes[at];
    if (first === hash) return true;
    // Without a blank behind it, it is a minus of a minus.
    if (first === dash) return bytes[at + 1] === dash && (bytes[at + 2] ?? blank) <= blank;
    return first === slash && bytes[at + 1] === star && !isHere("/*!") && !isHere("/*M!");
  }

  function enterComment(): void {
    inside = bytes[at] === slash ? star : lineBreak;
    at += inside === star ? 2 : 1;
  }

  function between(): void {
    if ((bytes[at] ?? 0) <= blank) at++;
    else if (isHere("DELIMITER ;;\n") || isHere("DELIMITER ;\n")) {
      delimiter = isHere("DELIMITER ;;\n") ? ";;" : ";";
      at += "DELIMITER ".length + delimiter.length;
    } else if (isComment()) {
      turnTo("comment");
      enterComment();
    } else {
      turnTo("statement");
      isVersioned = bytes[at] === slash;
    }
  }

  function inStatement(limit: number): void {
    while (at < limit && telling[bytes[at] ?? 0] === 0) at++;
    if (at >= limit) return;
    const one = bytes[at] ?? 0;
    if (isComment()) enterComment();
    else if (isHere(delimiter)) {
      at += delimiter.length;
      turnTo("between");
    } else {
      if (one === single || one === double || one === backtick) inside = one;
      at++;
    }
  }

  function inQuotes(limit: number): void {
    const isEscaping =
      inside !== backtick &&
      !sqlMode.includes("NO_BACKSLASH_ESCAPES") &&
      !(inside === double && sqlMode.includes("ANSI_QUOTES"));
    while (at < limit && bytes[at] !== inside) at += isEscaping && bytes[at] === backslash ? 2 : 1;
    if (at >= limit) return;
    at++;
    inside = 0;
  }

  function inComment(limit: number): void {
    const isEnd = () => bytes[at] === inside && (inside === lineBreak || bytes[at + 1] === slash);
    const isDelimiter = () => mends && kind === "statement" && inside === lineBreak && isClosing();
    while (at < limit && !isEnd() && !isDelimiter()) at++;
    if (at >= limit) return;
    if (isEnd()) at += inside === lineBreak ? 1 : 2;
    else {
      give();
      pieces.push({ kind, begins: false, bytes: Buffer.from("\n") });
    }
    inside = 0;
    if (kind === "comment") turnTo("between");
  }

  function isClosing(): boolean {
    if (delimiter !== ";;" || (bytes[at] !== blank && bytes[at] !== star)) return false;
    return closing[isVersioned ? "versioned" : "plain"].some((end) => isHere(end));
  }

  return (chunk, isLast) => {
    bytes = Buffer.concat([bytes.subarray(from), chunk]);
    [at, from, pieces] = [at - from, 0, []];
    const limit = isLast ? bytes.length : bytes.length - lookahead;
    while (at < limit) {
      if (inside === lineBreak || inside === star) inComment(limit);
      else if (inside !== 0) inQuotes(limit);
      else if (kind === "between") between();
      else inStatement(limit);
    }
    at = Math.min(at, bytes.length); // behind a backslash that is the dump's last byte
    if (isLast || !begins || kind === "between" || at - from >= headBytes) give();
    return pieces;
  };
}

/** What the dump sets before a program is the mode in which its text is read. */
function sqlModeAfter(statement: Buffer, before: string): string {
  const set = /^\/\*!50003 SET sql_mode\s+= (?:'([^']*)'|@saved_sql_mode) \*\//;
  const match = statement.length > headBytes ? null : set.exec(statement.toString("latin1"));
  return match === null ? before : (match[1] ?? "");
}
