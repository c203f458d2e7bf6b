import { Buffer } from "node:buffer";
import { isLocation, sqlstateOf, withoutSqlstates } from "../source/sqlstate.ts";

/** So many are kept, each at most so long; of a statement's text only the beginning. */
const errorsKept = 100;
const longestError = 1_000;
const longestStatement = 200;
/** `privilege_not_revoked`, `privilege_not_granted`: the server only warns where a role may not say what others may do. */
const privilegeWarnings = ["01006", "01007"];

/** What psql says of a statement that failed. */
export interface StatementError {
  /** The server's message, with what it says beside it. */
  readonly message: string;
  /** Null: psql itself has said it. */
  readonly sqlstate: string | null;
  /** The beginning of the statement; empty where psql does not tell. */
  readonly statement: string;
}

/**
 * Takes errors out of what `psql --echo-errors` writes to stderr, as it comes. The server's words may be of any language; psql's
 * own are English. After each statement that failed, and no other, psql writes it: what was said last before is why.
 */
export class PsqlErrors {
  readonly #errors: { message: string; sqlstate: string | null; statement: string }[] = [];
  readonly #privileges = new Set<string>();
  #count = 0;
  #line = Buffer.alloc(0);
  #message = "";
  #inside: "nothing" | "message" | "statement" = "nothing";

  /** The first hundred. */
  get errors(): readonly StatementError[] {
    return this.#errors;
  }

  /** How many there were; more than were kept, perhaps. */
  get count(): number {
    return this.#count;
  }

  /** The first hundred things that were said of privileges and did not take, each once. */
  get privileges(): readonly string[] {
    return [...this.#privileges];
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
    const own = /^psql:[^ ]*:\d+: error: (.*)$/.exec(line);
    const [, text = line] = /^(?:psql:[^ ]*:\d+: )?(.*)$/.exec(line) ?? [];
    if (own !== null) {
      this.#message = "";
      this.#fail(own[1] ?? "");
    } else if (text.startsWith("STATEMENT:  ")) {
      this.#fail(this.#message);
      this.#message = "";
      this.#inside = "statement";
      this.#append(text.slice("STATEMENT:  ".length));
    } else if (sqlstateOf(text) !== null) {
      this.#inside = "message";
      this.#message = text;
      if (privilegeWarnings.includes(sqlstateOf(text) ?? "") && this.#privileges.size < errorsKept) {
        this.#privileges.add(withoutSqlstates(text).slice(0, longestError));
      }
    } else if (this.#inside === "message") {
      if (!isLocation(text) && this.#message.length < longestError) this.#message += ` ${text.trim()}`;
    } else if (this.#inside === "statement") this.#append(text);
  }

  #fail(said: string): void {
    this.#count++;
    this.#inside = "nothing";
    if (this.#errors.length === errorsKept) return;
    const message = withoutSqlstates(said).slice(0, longestError);
    this.#errors.push({ message, sqlstate: sqlstateOf(said), statement: "" });
  }

  #append(text: string): void {
    const last = this.#errors.at(-1);
    if (last === undefined || this.#count > this.#errors.length || last.statement.length >= longestStatement) return;
    last.statement = `${last.statement} ${text.trim()}`.trim().slice(0, longestStatement);
  }
}
