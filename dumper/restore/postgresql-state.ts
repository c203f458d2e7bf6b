import { text } from "node:stream/consumers";
import * as z from "zod";
import type { Environment } from "../../contract/dump-request.ts";
import { RunFailed } from "../failure.ts";
import { stdoutOf } from "../process/stdout.ts";
import type { PostgresqlTarget } from "../source/conninfo.ts";
import { sharedSessions, sharesSessions } from "../source/postgresql-pooler.ts";
import { queryArguments } from "../source/postgresql-query.ts";
import { occupantsQuery } from "./postgresql-occupied.ts";
import { PsqlErrors } from "./psql-errors.ts";
import { psql, psqlFailed } from "./psql.ts";

/**
 * Functions, relations and types that an extension brought and another role owns, as `ON …` of GRANT names them. Trusted
 * extensions are their makers', and what they bring is a superuser's.
 */
const othersMembers = `
SELECT coalesce(pg_catalog.json_agg(m.named), '[]') FROM pg_catalog.pg_depend d CROSS JOIN LATERAL (
  SELECT pg_catalog.format('%s %I.%I(%s)', CASE WHEN pg_catalog.to_jsonb(p) ->> 'prokind' = 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END,
                           n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)) AS named
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND p.oid = d.objid AND NOT pg_catalog.pg_has_role(p.proowner, 'USAGE')
  UNION ALL
  SELECT pg_catalog.format('%s %I.%I', CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, n.nspname, c.relname)
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND c.oid = d.objid AND NOT pg_catalog.pg_has_role(c.relowner, 'USAGE')
  UNION ALL
  SELECT pg_catalog.format('TYPE %I.%I', n.nspname, t.typname)
  FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  WHERE d.classid = 'pg_catalog.pg_type'::regclass AND t.oid = d.objid AND NOT pg_catalog.pg_has_role(t.typowner, 'USAGE')
) AS m WHERE d.deptype = 'e'`;

const targetQuery = `
SELECT pg_catalog.json_build_object(
  'serverVersion', pg_catalog.current_setting('server_version_num')::int,
  'occupants', (${occupantsQuery}),
  'roles', (SELECT json_agg(rolname) FROM pg_catalog.pg_roles),
  'tablespaces', (SELECT json_agg(spcname) FROM pg_catalog.pg_tablespace),
  'databases', (SELECT json_agg(datname) FROM pg_catalog.pg_database),
  'encoding', (SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()),
  'locale', (SELECT datcollate || ', ' || datctype FROM pg_database WHERE datname = current_database()),
  'provider', (SELECT CASE to_jsonb(d) ->> 'datlocprovider' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END
               FROM pg_database d WHERE datname = current_database()),
  'providerLocale', (SELECT coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale')
                     FROM pg_database d WHERE datname = current_database()),
  'locksPerTransaction', current_setting('max_locks_per_transaction')::int,
  'sessions', (SELECT sum(setting::int) FROM pg_settings WHERE name IN ('max_connections', 'max_prepared_transactions')),
  'othersExtensions', (SELECT coalesce(json_agg(format('%I', extname)), '[]') FROM pg_extension WHERE NOT pg_has_role(extowner, 'USAGE')),
  'othersMembers', (${othersMembers})
)`;

const TargetState = z.object({
  /** `server_version_num`: 160004 is 16.4. */
  serverVersion: z.int(),
  /** What there is in the database, by kind. */
  occupants: z.object({ relations: z.int(), routines: z.int(), types: z.int(), largeObjects: z.int() }),
  /** Names of all that the server has. */
  roles: z.array(z.string()),
  tablespaces: z.array(z.string()),
  databases: z.array(z.string()),
  /** Of the database. */
  encoding: z.string(),
  /** Its `LC_COLLATE, LC_CTYPE`. */
  locale: z.string(),
  provider: z.enum(["libc", "icu", "builtin"]),
  /** Null with libc. */
  providerLocale: z.string().nullable(),
  locksPerTransaction: z.int(),
  /** How many sessions and prepared transactions there may be. */
  sessions: z.int(),
  /** Extensions of the database that the user does not own, quoted as SQL needs it. */
  othersExtensions: z.array(z.string()),
  /** What extensions brought and the user does not own, as `FUNCTION public.f(a integer)`. */
  othersMembers: z.array(z.string()),
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
  const answer = await text(stdoutOf(command, (exit) => psqlFailed(exit, new PsqlErrors(), target), signal));
  return TargetState.parse(JSON.parse(answer));
}

/** @throws {RunFailed} when the target is a pooler that hands sessions on: what a restore sets would be lost, and found by others */
export async function requireOwnSession(
  target: PostgresqlTarget,
  env: Environment,
  signal: AbortSignal,
): Promise<void> {
  const ask = async (statements: readonly string[]) => {
    const command = psql(target, env, ["-A", "-t", ...statements.flatMap((one) => ["-c", one])]);
    return text(stdoutOf(command, (exit) => psqlFailed(exit, new PsqlErrors(), target), signal));
  };
  if (!(await sharesSessions(ask))) return;
  const { problem, remedy } = sharedSessions(target);
  throw new RunFailed("invalid", problem, { remedy });
}
