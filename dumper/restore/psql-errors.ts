import { Buffer } from "node:buffer";

/** So many are kept, each at most so long; of a statement's text only the beginning. */
const errorsKept = 100;
const longestError = 1_000;
const longestStatement = 200;

/** What psql says of a statement that failed. */
export interface StatementError {
  /** The server's message, with what it says beside it. */
  readonly message: string;
  /** The beginning of the statement; empty where psql does not tell. */
  readonly statement: string;
}

/** Takes errors out of what `psql --echo-errors` writes to stderr, as it comes. */
export class PsqlErrors {
  readonly #errors: { message: string; statement: string }[] = [];
  #count = 0;
  #line = Buffer.alloc(0);
  #inside: "nothing" | "message" | "statement" = "nothing";

  /** The first hundred. */
  get errors(): readonly StatementError[] {
    return this.#errors;
  }

  /** How many there were; more than were kept, perhaps. */
  get count(): number {
    return this.#count;
  }

  take(bytes: Buffer): void {
    let rest = bytes;
    for (let end = rest.indexOf(0x0a); end !== -1; end = rest.indexOf(0x0a)) {
      this.#keep(rest.subarray(0, end));
      this.#takeLine(this.#line.toString("utf8"));
      this.#line = Buffer.alloc(0);
      rest = rest.subarray(end + 1);
    }
    this.#keep(rest);
  }

  /** A line may be a statement of a gigabyte. */
  #keep(bytes: Buffer): void {
    const room = longestError - this.#line.length;
    if (room > 0) this.#line = Buffer.concat([this.#line, bytes.subarray(0, room)]);
  }

  #takeLine(line: string): void {
    const begins = /^(?:psql:[^ ]*:\d+: )?(ERROR|FATAL|PANIC|WARNING|STATEMENT): {1,2}(.*)$/.exec(line);
    if (begins?.[1] === "STATEMENT") {
      this.#inside = "statement";
      this.#append("statement", begins[2] ?? "");
    } else if (begins?.[1] === "WARNING") {
      this.#inside = "nothing";
    } else if (begins !== null) {
      this.#count++;
      this.#inside = "message";
      if (this.#errors.length < errorsKept)
        this.#errors.push({ message: `${begins[1] ?? ""}: ${begins[2] ?? ""}`, statement: "" });
    } else if (this.#inside !== "nothing") this.#append(this.#inside, line);
  }

  #append(to: "message" | "statement", text: string): void {
    const last = this.#errors.at(-1);
    const longest = to === "message" ? longestError : longestStatement;
    if (last === undefined || this.#count > this.#errors.length || last[to].length >= longest) return;
    last[to] = `${last[to]} ${text.trim()}`.trim().slice(0, longest);
  }
}
