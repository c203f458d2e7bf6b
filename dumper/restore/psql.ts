import { pipeline } from "node:stream/promises";
import type { Environment } from "../../contract/dump-request.ts";
import type { RunFailed } from "../failure.ts";
import { type Exit, isClean, start } from "../process/child.ts";
import type { Command } from "../process/command.ts";
import { programFailed, type Remedies } from "../remedies.ts";
import type { PostgresqlTarget } from "../source/conninfo.ts";
import { psqlCommand } from "../source/postgresql-query.ts";
import { sessionStatements, type Settings, withoutTimeouts } from "../source/postgresql-session.ts";
import { withoutSqlstates, withSqlstate } from "../source/sqlstate.ts";
import { Answers } from "./psql-answers.ts";
import { PsqlErrors, type StatementError } from "./psql-errors.ts";
import { restriction } from "./restriction.ts";

/**
 * What a dump does not set at its head, or sets only after our first statement. With `array_nulls` off, NULL in an array would
 * come back as the text "NULL"; with relations of a kind restricted, no materialized view that reads from one could be filled.
 */
const restoreSettings: Settings = {
  ...withoutTimeouts,
  array_nulls: "on",
  default_transaction_read_only: "off",
  restrict_nonsystem_relation_kind: "",
};

/** How a script is run. */
export interface ScriptOptions {
  readonly env: Environment;
  readonly signal: AbortSignal;
  /** Default false: it ends at the first error. */
  readonly keepGoing?: boolean;
  /** Set in the session, beside what every restore needs. */
  readonly settings?: Settings;
}

/**
 * Runs a script in one transaction, which is committed only when the script has ended cleanly: when it throws, psql
 * meets the end of its input inside the transaction and the server rolls it back.
 * @throws what the script throws; {RunFailed} when psql or the server refuses it
 */
export async function runInTransaction(
  script: AsyncIterable<Buffer>,
  target: PostgresqlTarget,
  options: ScriptOptions,
): Promise<PsqlErrors> {
  async function* transaction(): AsyncGenerator<Buffer> {
    yield Buffer.from("BEGIN READ WRITE;\n");
    yield* script;
    yield Buffer.from("\nCOMMIT;\n");
  }
  return runScript(transaction, target, options);
}

/** The session that runs a script, for the script to ask. */
export interface PsqlSession {
  /** Whether the line is among what the server has answered up to the next line of this session's own. */
  readonly answers: (line: string, end: string) => Promise<boolean>;
}

/**
 * Runs a script, of which psql takes only SQL, and gives what psql said on the way: no failure, unless it was to keep going.
 * @throws what the script throws; {RunFailed} at the first error, or when psql ends early
 */
export async function runScript(
  script: (session: PsqlSession) => AsyncIterable<Buffer>,
  target: PostgresqlTarget,
  { env, signal, keepGoing = false, settings = {} }: ScriptOptions,
): Promise<PsqlErrors> {
  const command = psql(target, env, ["-A", "-t", "--echo-errors", ...(keepGoing ? ["-v", "ON_ERROR_STOP=0"] : [])]);
  const child = start(command, { stdin: "pipe", stdout: "pipe" }, signal);
  const { stdin, stdout, stderr } = child.process;
  if (stdin === null || stdout === null || stderr === null) throw new Error("psql was started without its pipes");
  const errors = new PsqlErrors();
  stderr.on("data", (bytes: Buffer) => {
    errors.take(bytes);
  });
  const answers = new Answers(stdout, child.exit);
  const own = { hasFailed: false };
  async function* restricted(): AsyncGenerator<Buffer> {
    try {
      yield restriction();
      const statements = sessionStatements({ ...restoreSettings, ...settings }, "session");
      yield Buffer.from(statements.map((statement) => `${statement};\n`).join(""));
      yield* script({ answers: (line, end) => answers.until(line, end) });
    } catch (error) {
      own.hasFailed = true;
      child.end(); // before the end of its input could look to it like that of the script
      throw error;
    }
  }
  const fed = pipeline(restricted(), stdin);
  fed.catch(() => null); // either the script's own error, kept above, or a broken pipe, which the exit explains
  const exit = await child.exit;
  signal.throwIfAborted();
  if (own.hasFailed) await fed;
  if (!isClean(exit)) throw psqlFailed(exit, errors, target);
  return errors;
}

/** A person restores: their own file of passwords counts. */
export function psql(target: PostgresqlTarget, env: Environment, args: readonly string[]): Command {
  const command = psqlCommand(target, env, args);
  return { ...command, env: { ...command.env, ...passwordFile(env) } };
}

/** Where libpq finds .pgpass: https://www.postgresql.org/docs/current/libpq-pgpass.html */
function passwordFile(env: Environment): Environment {
  const names = ["HOME", "PGPASSFILE"].filter((name) => env[name] !== undefined);
  return Object.fromEntries(names.map((name) => [name, env[name]]));
}

/** What psql and the server say, by SQLSTATE where there is one: a server may speak any language. */
const remedies: Remedies = [
  [
    /at: REFRESH MATERIALIZED VIEW/,
    "let its functions name schemas, or set their search_path, where it was dumped; --skip-refresh restores materialized views empty, to be filled afterwards",
  ],
  [
    /: {2}(42883|42P01|42704|3F000): .*\bfunction .*at: (COPY|CREATE( UNIQUE)? INDEX|ALTER TABLE) /is,
    "let the function that it names set its search_path where it was dumped (ALTER FUNCTION … SET search_path = …), and dump again; --keep-going restores all else",
  ],
  [
    /max_locks_per_transaction/,
    "raise max_locks_per_transaction in the target and restart it, or restore in several transactions: --no-single-transaction",
  ],
  [/invalid command \\restrict/, "use a newer psql: 13.22, 14.19, 15.14, 16.10, 17.6 or later can be kept to SQL"],
  [
    /backslash commands are restricted|unrestrict: wrong key/,
    "do not give this dump to psql by other means: psql takes something in it for a command of its own, which pg_dump writes nowhere",
  ],
  [
    /: {2}28P01: |no password supplied|password authentication failed/,
    "set PGPASSWORD, or put the password into ~/.pgpass",
  ],
  [/: {2}3D000: |database ".*" does not exist/s, "create the database first: createdb"],
  [
    /: {2}42704: .*at: (GRANT|REVOKE|ALTER DEFAULT PRIVILEGES|ALTER [^;]* OWNER TO) |role ".*" does not exist/s,
    "create the role in the target first: CREATE ROLE",
  ],
  [
    /: {2}42704: .*at: SET |unrecognized configuration parameter/s,
    "restore into a server that is not older than the one that was dumped",
  ],
  [/: {2}(42P0[467]|42710|42723): |already exists/, "restore into an empty database"],
  [/: {2}55P03: /, "end the sessions that hold locks in the target"],
  [/: {2}57014: /, "look at the target's log for who cancelled the statement, or which time limit did"],
  [
    /: {2}53300: |too many clients|too many connections|remaining connection slots/,
    "end sessions in the target, or raise its max_connections",
  ],
  [
    /: {2}42501: .*at: (ALTER DEFAULT PRIVILEGES|ALTER [^;]* OWNER TO|GRANT|REVOKE) /s,
    "restore as a superuser, or as a member of the role that it names; --keep-going passes over it",
  ],
  [/: {2}42501: |permission denied|must be (owner|superuser)/, "restore as the database's owner or as a superuser"],
  [/Connection refused|could not translate host name|timeout expired/, "check the target's host and port"],
  [/could not be started/, "install PostgreSQL's client programs"],
];

export function psqlFailed(exit: Exit, { errors }: PsqlErrors, { password }: PostgresqlTarget): RunFailed {
  const [first] = errors;
  const otherwise =
    first === undefined
      ? "look at the target's log"
      : "restore all else by --keep-going, which lists what the target does not take";
  const told = first === undefined || exit.status !== 3 ? exit : { ...exit, stderr: saidBy(first) };
  return programFailed(told, {
    ...{ password, remedies, otherwise },
    passwordMissing: "no password supplied",
    shown: withoutSqlstates,
  });
}

/** `ERROR: relation "x" does not exist, at: REFRESH …`. */
export function errorText({ message, statement }: StatementError): string {
  return statement === "" ? message : `${message}, at: ${statement}`;
}

function saidBy(error: StatementError): string {
  return withSqlstate(errorText(error), error.sqlstate);
}
