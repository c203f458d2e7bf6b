import { randomUUID } from "node:crypto";
import { buffer } from "node:stream/consumers";
import type { Environment } from "../../../contract/dump-request.ts";
import type { Secret } from "../../../contract/secret.ts";
import { baseEnv, type Command } from "../../process/command.ts";
import { stdoutOf, throughCommand } from "../../process/stdout.ts";
import { firstStatement } from "./connection.ts";
import { type Advice, endedEarly, mysqlFailed } from "./failure.ts";
import type { OptionFile } from "./option-file.ts";

const connectTimeoutSeconds = 15;
/** The `mysql` or `mariadb` program, and how it reaches the server. */
export interface Client {
  readonly program: "mysql" | "mariadb";
  readonly optionFile: OptionFile;
  readonly password: Secret | null;
  /** Where the program is found. */
  readonly env: Environment;
  /** What its sessions are to have, as `SET` takes it. */
  readonly session: readonly string[];
  /** What to do when it fails. Default: what one who dumps is told. */
  readonly advice?: Advice;
}

/** One row of an answer; NULL comes as the text `NULL`. */
export type Row = readonly string[];

/** Runs SQL and gives all rows of all its results. @throws {RunFailed} at the first statement that fails */
export async function rowsOf(client: Client, sql: string, signal: AbortSignal): Promise<readonly Row[]> {
  const command = clientCommand(client, ["-e", sql]);
  return readRows((await buffer(stdoutOf(command, failed(client), signal))).toString("utf8"));
}

/**
 * The same for many statements, of which those that fail are passed over.
 * @throws {RunFailed} when the connection ends before the last of them
 */
export async function rowsThatCanBeHad(client: Client, sql: string, signal: AbortSignal): Promise<readonly Row[]> {
  // The client passes over the loss of its connection, too: an answer without this row, which no other can be, is not whole.
  const lastRow = randomUUID();
  // eslint-disable-next-line @typescript-eslint/require-await -- a generator, because that is what a child is fed from
  async function* script(): AsyncGenerator<Buffer> {
    yield Buffer.from(`${sql}SELECT '${lastRow}';\n`);
  }
  const command = clientCommand(client, ["--force"]);
  let stderr = "";
  const hear = (bytes: Buffer) => {
    stderr += bytes.toString("utf8");
  };
  const printed = await buffer(throughCommand(script(), command, failed(client), signal, hear));
  const rows = readRows(printed.toString("utf8"));
  if (rows.at(-1)?.join() === lastRow) return rows.slice(0, -1);
  throw endedEarly(stderr, client.password, "the connection ended while the server was asked", "try again");
}

function clientCommand({ program, optionFile, env, session }: Client, args: readonly string[]): Command {
  return {
    file: program,
    args: [
      ...[optionFile.argument, `--connect-timeout=${connectTimeoutSeconds}`, "--default-character-set=utf8mb4"],
      ...[initCommand(session), "--batch", "--skip-column-names", ...args],
    ],
    env: baseEnv(env),
  };
}

/** What the program says first, also after it has connected anew. */
export function initCommand(session: readonly string[]): string {
  return `--init-command=${firstStatement(session)}`;
}

function failed({ password, advice }: Client) {
  return (exit: Parameters<typeof mysqlFailed>[0]) => mysqlFailed(exit, password, [], advice);
}

/** A text in SQL, in hexadecimal, which no SQL mode reads in another way. */
export function literal(text: string): string {
  return `_utf8mb4 x'${Buffer.from(text).toString("hex")}'`;
}

/** What `--batch` prints: a line for each row, with tabs between the fields and a backslash before what would break that. */
export function readRows(printed: string): readonly Row[] {
  const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", "0": "\0", "\\": "\\" };
  return printed
    .split("\n")
    .slice(0, -1)
    .map((line) =>
      line.split("\t").map((field) => field.replace(/\\(.)/g, (_, char: string) => escapes[char] ?? char)),
    );
}
