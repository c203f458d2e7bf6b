/** What ends a statement is found by the rules of psql's own scanner: PostgreSQL's src/fe_utils/psqlscan.l. */
type Inside = "statement" | "quoted" | "escaped" | "named" | "dollars" | "comment" | "remark";

const [semicolon, quote, doubleQuote, dollar] = [0x3b, 0x27, 0x22, 0x24];
const [dash, slash, star, newline, open, close] = [0x2d, 0x2f, 0x2a, 0x0a, 0x28, 0x29];

/** 1: of a word; 2: white space. Bytes of a character outside ASCII are of a word. */
const kinds = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) {
  const character = String.fromCharCode(byte);
  kinds[byte] = byte >= 0x80 || /[A-Za-z0-9_]/.test(character) ? 1 : /\s/.test(character) ? 2 : 0;
}

/** Looks for the ends of statements, across pieces of a script. */
export class SqlScanner {
  #inside: Inside = "statement";
  #tag = "";
  #parentheses = 0;
  #isRoutine = false;
  /** Of BEGIN ATOMIC and CASE in the body of a routine. */
  #blocks = 0;
  #words = 0;

  #isAtStart = true;
  /** Of a BEGIN of a routine, until the next word tells whether it begins its body. */
  #begin = -1;

  /** Up to where it has looked. */
  at = 0;
  /** Where the statement begins, after white space and comments; after its end too, until the next one is looked for. -1: not seen yet. */
  first = -1;
  /**
   * Where the statement has begin as a name and without quotes, as a server writes it. Psql takes it for that of BEGIN ATOMIC,
   * and no end for one: it has to be quoted.
   */
  names: readonly number[] = [];

  /** The end of the present statement, after its semicolon, in bytes that begin where the last ones did. -1: not in them. */
  find(bytes: Buffer, isLast: boolean): number {
    if (this.#isAtStart) [this.first, this.names, this.#isAtStart] = [-1, [], false];
    while (this.at < bytes.length) {
      const end = this.#inside === "statement" ? this.#step(bytes, isLast) : this.#leave(bytes);
      if (end !== 0) return end;
    }
    return -1;
  }

  /** Up to where all is known of the bytes. */
  get certain(): number {
    return this.#begin === -1 ? this.at : this.#begin;
  }

  /** The bytes are given again without the first so many. */
  shift(count: number): void {
    this.at -= count;
    this.first = Math.max(-1, this.first - count);
    this.names = [];
    if (this.#begin !== -1) this.#begin -= count;
  }

  /** 0: go on; -1: more bytes are needed. */
  #step(bytes: Buffer, isLast: boolean): number {
    const byte = bytes[this.at] ?? 0;
    if (kinds[byte] === 2) return this.#go(1);
    // Whatever takes two bytes to be known, or a word to its end.
    if (this.at + 1 >= bytes.length && byte !== semicolon && !isLast) return -1;
    const next = bytes[this.at + 1];
    if (byte === dash && next === dash) return this.#enter("remark", 2);
    if (byte === slash && next === star) return this.#enter("comment", 2);
    if (this.first === -1) this.first = this.at;
    if (kinds[byte] === 1) return this.#word(bytes, isLast);
    this.#beginIs("name");
    switch (byte) {
      case quote:
        return this.#enter("quoted", 1);
      case doubleQuote:
        return this.#enter("named", 1);
      case dollar:
        return this.#dollars(bytes, isLast);
      case open:
        this.#parentheses++;
        return this.#go(1);
      case close:
        this.#parentheses--;
        return this.#go(1);
      case semicolon:
        return this.#parentheses > 0 || this.#blocks > 0 ? this.#go(1) : this.#end();
      default:
        return this.#go(1);
    }
  }

  #go(count: number): 0 {
    this.at += count;
    return 0;
  }

  #enter(inside: Inside, count: number): 0 {
    this.#inside = inside;
    return this.#go(count);
  }

  #end(): number {
    const end = this.at + 1;
    [this.#parentheses, this.#blocks, this.#words, this.#isRoutine] = [0, 0, 0, false];
    [this.at, this.#isAtStart] = [0, true];
    return end;
  }

  #word(bytes: Buffer, isLast: boolean): number {
    let end = this.at + 1;
    while (end < bytes.length && (kinds[bytes[end] ?? 0] === 1 || bytes[end] === dollar)) end++;
    if (end === bytes.length && !isLast) return -1;
    const length = end - this.at;
    if (length === 1 && bytes[end] === quote && ((bytes[this.at] ?? 0) | 0x20) === 0x65) {
      return this.#enter("escaped", 2);
    }
    if (this.#begin !== -1)
      this.#beginIs(this.#blocks === 0 && isAtomic(bytes.subarray(this.at, end)) ? "block" : "name");
    if (this.#words === 0) this.#isRoutine = ((bytes[this.at] ?? 0) | 0x20) === 0x63; // c, as in CREATE
    if (this.#isRoutine) this.#heed(bytes.toString("latin1", this.at, end).toUpperCase());
    this.#words++;
    return this.#go(length);
  }

  /** CREATE [OR REPLACE] { FUNCTION | PROCEDURE } … BEGIN ATOMIC …; CASE … END; END: semicolons inside end nothing. */
  #heed(word: string): void {
    if (this.#words === 0) this.#isRoutine = word === "CREATE";
    else if (this.#words < 4 && this.#blocks === 0 && (word === "FUNCTION" || word === "PROCEDURE")) this.#words = 4;
    else if (this.#words < 4 && word !== "OR" && word !== "REPLACE") this.#isRoutine = false;
    if (!this.#isRoutine || this.#words < 4 || this.#parentheses > 0) return;
    if (word === "BEGIN") this.#begin = this.at;
    else if (word === "CASE" && this.#blocks > 0) this.#blocks++;
    else if (word === "END" && this.#blocks > 0) this.#blocks--;
  }

  #beginIs(what: "block" | "name"): void {
    if (this.#begin === -1) return;
    if (what === "block") this.#blocks++;
    else this.names = [...this.names, this.#begin];
    this.#begin = -1;
  }

  #dollars(bytes: Buffer, isLast: boolean): number {
    let end = this.at + 1;
    while (end < bytes.length && kinds[bytes[end] ?? 0] === 1) end++;
    if (end === bytes.length && !isLast) return -1;
    const tag = bytes.toString("latin1", this.at, end + 1);
    if (!/^\$(?:[^\d$][^$]*)?\$$/.test(tag)) return this.#go(1);
    this.#tag = tag;
    return this.#enter("dollars", tag.length);
  }

  /** Looks for what ends the quotation or comment. */
  #leave(bytes: Buffer): number {
    switch (this.#inside) {
      case "quoted":
        return this.#leaveAt(bytes.indexOf(quote, this.at), 1, bytes.length);
      case "named":
        return this.#leaveAt(bytes.indexOf(doubleQuote, this.at), 1, bytes.length);
      case "remark":
        return this.#leaveAt(bytes.indexOf(newline, this.at), 1, bytes.length);
      case "escaped":
        return this.#leaveEscaped(bytes);
      case "comment":
        return this.#leaveAt(bytes.indexOf("*/", this.at), 2, bytes.length - 1);
      default:
        return this.#leaveAt(
          bytes.indexOf(this.#tag, this.at, "latin1"),
          this.#tag.length,
          bytes.length - this.#tag.length + 1,
        );
    }
  }

  /** @param seen up to where it is certain not to begin, when it was not found */
  #leaveAt(found: number, length: number, seen: number): number {
    if (found === -1) {
      this.at = Math.max(this.at, seen);
      return -1;
    }
    this.#inside = "statement";
    this.at = found + length;
    return 0;
  }

  #leaveEscaped(bytes: Buffer): number {
    for (; this.at < bytes.length; this.at++) {
      if (bytes[this.at] === quote) return this.#leaveAt(this.at, 1, 0);
      if (bytes[this.at] !== 0x5c) continue;
      if (this.at + 1 === bytes.length) return -1;
      this.at++;
    }
    return -1;
  }
}

function isAtomic(word: Buffer): boolean {
  return word.toString("latin1").toUpperCase() === "ATOMIC";
}
