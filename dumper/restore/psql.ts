import { text } from "node:stream/consumers";
import * as z from "zod";
import type { Environment } from "../../contract/dump-request.ts";
import type { RunFailed } from "../failure.ts";
import type { Exit } from "../process/child.ts";
import type { Command } from "../process/command.ts";
import { stdoutOf, throughCommand } from "../process/stdout.ts";
import { programFailed, type Remedies } from "../remedies.ts";
import type { PostgresqlTarget } from "../source/conninfo.ts";
import { psqlCommand, queryArguments } from "../source/postgresql-query.ts";
import { sessionStatements, type Settings, withoutTimeouts } from "../source/postgresql-session.ts";
import { drain } from "./content.ts";
import { restriction } from "./restriction.ts";

/** Not of the system and not of an extension. */
const ownRelations = `
SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`;

const targetQuery = `
SELECT pg_catalog.json_build_object(
  'serverVersion', pg_catalog.current_setting('server_version_num')::int,
  'relations', (${ownRelations}),
  'roles', (SELECT json_agg(rolname) FROM pg_catalog.pg_roles),
  'tablespaces', (SELECT json_agg(spcname) FROM pg_catalog.pg_tablespace),
  'databases', (SELECT json_agg(datname) FROM pg_catalog.pg_database)
)`;

const TargetState = z.object({
  /** `server_version_num`: 160004 is 16.4. */
  serverVersion: z.int(),
  /** How many tables, views and sequences there are in the database. */
  relations: z.int(),
  /** Names of all that the server has. */
  roles: z.array(z.string()),
  tablespaces: z.array(z.string()),
  databases: z.array(z.string()),
});
/** What a dump is to be restored into. */
export type TargetState = z.infer<typeof TargetState>;

/** Asks the target. @throws {RunFailed} when it cannot be asked */
export async function observeTarget(
  target: PostgresqlTarget,
  env: Environment,
  signal: AbortSignal,
): Promise<TargetState> {
  const command = psql(target, env, queryArguments(targetQuery, null));
  const answer = await text(stdoutOf(command, (exit) => psqlFailed(exit, target), signal));
  return TargetState.parse(JSON.parse(answer));
}

/**
 * What a dump does not set at its head, or sets only after our first statement. With `array_nulls` off, NULL in an array would
 * come back as the text "NULL".
 */
const restoreSettings: Settings = { ...withoutTimeouts, array_nulls: "on", default_transaction_read_only: "off" };

/**
 * Runs a script in one transaction, which is committed only when the script has ended cleanly: when it throws, psql
 * meets the end of its input inside the transaction and the server rolls it back.
 * @throws what the script throws; {RunFailed} when psql or the server refuses it
 */
export async function runInTransaction(
  script: AsyncIterable<Buffer>,
  target: PostgresqlTarget,
  env: Environment,
  signal: AbortSignal,
): Promise<void> {
  async function* transaction(): AsyncGenerator<Buffer> {
    yield Buffer.from("BEGIN READ WRITE;\n");
    yield* script;
    yield Buffer.from("\nCOMMIT;\n");
  }
  await runScript(transaction(), target, env, signal);
}

/** Runs a script, of which psql takes only SQL. @throws what the script throws; {RunFailed} at the first error */
export async function runScript(
  script: AsyncIterable<Buffer>,
  target: PostgresqlTarget,
  env: Environment,
  signal: AbortSignal,
): Promise<void> {
  async function* restricted(): AsyncGenerator<Buffer> {
    yield restriction();
    yield Buffer.from(session);
    yield* script;
  }
  const session = sessionStatements(restoreSettings, "session")
    .map((statement) => `${statement};\n`)
    .join("");
  const command = psql(target, env, ["-o", "/dev/null"]);
  await drain(throughCommand(restricted(), command, (exit) => psqlFailed(exit, target), signal));
}

/** A person restores: their own file of passwords counts. */
function psql(target: PostgresqlTarget, env: Environment, args: readonly string[]): Command {
  const command = psqlCommand(target, env, args);
  return { ...command, env: { ...command.env, ...passwordFile(env) } };
}

/** Where libpq finds .pgpass: https://www.postgresql.org/docs/current/libpq-pgpass.html */
function passwordFile(env: Environment): Environment {
  const names = ["HOME", "PGPASSFILE"].filter((name) => env[name] !== undefined);
  return Object.fromEntries(names.map((name) => [name, env[name]]));
}

/** What psql and the server say. */
const remedies: Remedies = [
  [/invalid command \\restrict/, "use a newer psql: 13.22, 14.19, 15.14, 16.10, 17.6 or later can be kept to SQL"],
  [
    /backslash commands are restricted|unrestrict: wrong key/,
    "do not use this snapshot: it holds a command for psql, so that somebody changed it",
  ],
  [/no password supplied|password authentication failed/, "set PGPASSWORD, or put the password into ~/.pgpass"],
  [/database ".*" does not exist/s, "create the database first: createdb"],
  [/role ".*" does not exist/s, "create the role in the target first: CREATE ROLE"],
  [/unrecognized configuration parameter/, "restore into a server that is not older than the one that was dumped"],
  [/already exists/, "restore into an empty database"],
  [/permission denied|must be (owner|superuser)/, "restore as the database's owner or as a superuser"],
  [/Connection refused|could not translate host name|timeout expired/, "check the target's host and port"],
  [/could not be started/, "install PostgreSQL's client programs"],
];

function psqlFailed(exit: Exit, { password }: PostgresqlTarget): RunFailed {
  const otherwise = "correct it in the target; nothing was changed there";
  return programFailed(exit, { password, remedies, otherwise, passwordMissing: "no password supplied" });
}
