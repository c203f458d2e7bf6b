import { randomUUID } from "node:crypto";
import { scrub } from "../../contract/secret.ts";
import { baseEnv, type Command } from "../process/command.ts";
import { drain } from "../process/drain.ts";
import { throughCommand } from "../process/stdout.ts";
import type { Remedies } from "../remedies.ts";
import { type Client, initCommand } from "../source/mysql/client.ts";
import type { Family } from "../source/mysql/connection.ts";
import { endedEarly, mysqlFailed } from "../source/mysql/failure.ts";

/** So many errors are told of a dump, and how many more there were. */
const errorsTold = 100;

const remedies: Remedies = [
  [
    /Tablespace .* doesn't exist/,
    "make it in the target first, by CREATE TABLESPACE … ADD DATAFILE …: a general tablespace belongs to the server",
  ],
  [
    /no spatial reference system with SRID/,
    "make it in the target first, by CREATE SPATIAL REFERENCE SYSTEM …, as INFORMATION_SCHEMA.ST_SPATIAL_REFERENCE_SYSTEMS of the server that was dumped has it",
  ],
  [
    /doesn't exist|Unknown database|references invalid table/,
    "restore what it refers to first, or a snapshot of every database; --keep-going restores all else",
  ],
  [
    /Missing unique key|without a primary key|Row size too large/,
    "restore as an account with SESSION_VARIABLES_ADMIN, which may let its session take what the dump has",
  ],
  [/read-only|read only/i, "restore into a server that may be written to: it is a replica, or read_only is on"],
];

/** Runs a dump in a database, and ends at the first error. @throws {RunFailed} */
export async function runScript(
  client: Client,
  family: Family,
  database: string,
  dump: AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<void> {
  const command = commandFor(client, restoreArguments(client, family, database));
  await drain(throughCommand(dump, command, failed(client), signal));
}

/**
 * The same, past every statement that fails.
 * @returns what failed, as the server says it
 * @throws {RunFailed} when the connection ends before the last statement
 */
export async function runScriptThrough(
  client: Client,
  family: Family,
  database: string,
  dump: AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  // Anew it would be another session, without what the dump has set; and without the last row it has not come to the dump's end.
  const args = [...restoreArguments(client, family, database), "--force", "--skip-reconnect"];
  const lastRow = randomUUID();
  async function* script(): AsyncGenerator<Buffer> {
    yield* dump;
    yield Buffer.from(`\nSELECT '${lastRow}';\n`);
  }
  const errors = errorLines();
  let end = Buffer.alloc(0);
  const printed = throughCommand(script(), commandFor(client, args), failed(client), signal, errors.hear);
  for await (const bytes of printed) end = Buffer.concat([end, bytes]).subarray(-(lastRow.length + 1));
  if (end.toString() === `${lastRow}\n`) return errors.told(client);
  throw endedEarly(
    errors.told(client).join("\n"),
    client.password,
    `the connection ended while ${JSON.stringify(database)} was restored`,
    "look at the database server's log for what ended it",
  );
}

/**
 * In binary mode the program carries out none of its own commands (`system`, `source`, `tee`), which somebody may have
 * written into the dump, and passes over the line with which MariaDB's dumps begin.
 */
function restoreArguments({ optionFile, session }: Client, family: Family, database: string): readonly string[] {
  return [
    ...[optionFile.argument, "--binary-mode", "--batch", "--local-infile=0", "--default-character-set=utf8mb4"],
    // MariaDB's would show the rows of a statement that fails. "loose": older ones never do, and do not know the option.
    ...(family === "mariadb" ? ["--loose-skip-print-query-on-error"] : []),
    // MariaDB's would take the comments out of routines.
    ...["--comments", "--max-allowed-packet=1G", initCommand(session), `--database=${database}`],
  ];
}

function commandFor({ program, env }: Client, args: readonly string[]): Command {
  return { file: program, args, env: baseEnv(env) };
}

function failed({ password, advice }: Client) {
  return (exit: Parameters<typeof mysqlFailed>[0]) => mysqlFailed(exit, password, remedies, advice);
}

/** Collects the errors that a program writes, a line each. */
function errorLines(): {
  readonly hear: (bytes: Buffer) => void;
  readonly told: (client: Client) => readonly string[];
} {
  const lines: string[] = [];
  let count = 0;
  let rest = "";
  const hear = (bytes: Buffer): void => {
    const pieces = (rest + bytes.toString("latin1")).split("\n");
    rest = pieces.pop() ?? "";
    const errors = pieces.filter((line) => line.startsWith("ERROR "));
    count += errors.length;
    lines.push(...errors.slice(0, errorsTold - lines.length));
  };
  const told = ({ password }: Client): readonly string[] => {
    const readable = lines.map((line) => Buffer.from(line, "latin1").toString("utf8"));
    const more = count > lines.length ? [`${count - lines.length} errors more`] : [];
    return [...readable.map((line) => scrub(line, password === null ? [] : [password])), ...more];
  };
  return { hear, told };
}
