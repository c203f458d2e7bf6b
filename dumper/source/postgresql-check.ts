import { text } from "node:stream/consumers";
import { z } from "zod";
import type { Environment } from "../../contract/dump-request.ts";
import { RunFailed } from "../failure.ts";
import { baseEnv, type Command } from "../process/command.ts";
import { stdoutOf } from "../process/stdout.ts";
import { databaseArgument, libpqEnv, type PostgresqlTarget } from "./conninfo.ts";
import { libpqFailed } from "./libpq-failure.ts";
import type { SourceCheck } from "./source.ts";

/**
 * What the user may not read of what pg_dump reads: every table, sequence and schema of the database's own. Members of
 * extensions are made by the extension and not dumped.
 * CASE, because AND may test its right side first, and a privilege of the wrong kind of relation is an error.
 */
const findingsQuery = `
WITH own AS (
  SELECT c.oid, c.relkind, n.oid AS schema_oid, format('%I.%I', n.nspname, c.relname) AS name, format('%I', n.nspname) AS schema
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'm', 'f', 'v', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
)
SELECT pg_catalog.json_build_object(
  'server', pg_catalog.current_setting('server_version'),
  'user', pg_catalog.quote_ident(current_user),
  'schemas', (SELECT coalesce(json_agg(DISTINCT schema), '[]') FROM own WHERE NOT has_schema_privilege(schema_oid, 'USAGE')),
  'tables', (SELECT coalesce(json_agg(name ORDER BY name), '[]') FROM own WHERE CASE WHEN relkind <> 'S' THEN NOT has_table_privilege(oid, 'SELECT') END),
  'sequences', (SELECT coalesce(json_agg(name ORDER BY name), '[]') FROM own WHERE CASE WHEN relkind = 'S' THEN NOT has_sequence_privilege(oid, 'SELECT') END),
  'filtered', (SELECT coalesce(json_agg(name ORDER BY name), '[]') FROM own WHERE CASE WHEN relkind IN ('r', 'p') THEN row_security_active(oid) END)
)`;

const Findings = z.object({
  server: z.string(),
  /** Quoted as SQL needs it, like all names here. */
  user: z.string(),
  schemas: z.array(z.string()),
  tables: z.array(z.string()),
  sequences: z.array(z.string()),
  /** Tables of which row-level security hides rows from the user. */
  filtered: z.array(z.string()),
});
type Findings = z.infer<typeof Findings>;

/** Connects as the dump would. @throws {RunFailed} when that fails. */
export async function checkPostgresql(
  request: PostgresqlTarget,
  env: Environment,
  signal: AbortSignal,
): Promise<SourceCheck> {
  const findings = Findings.parse(JSON.parse(await output(queryCommand(request, env), request, signal)));
  const version = await output({ file: "pg_dump", args: ["--version"], env: baseEnv(env) }, request, signal);
  const tool = /\d+(\.\d+)*/.exec(version)?.[0] ?? version.trim();
  const versions = { server: findings.server, tool };
  return { versions, problems: problemsOf(findings, tool), report: { skipped: [], notes: [] } };
}

/** Every reason for which pg_dump of that version would fail on what was found. */
export function problemsOf(findings: Findings, tool: string): readonly string[] {
  const { server, user, schemas, tables, sequences, filtered } = findings;
  const grants = [
    ...schemas.map((name) => `GRANT USAGE ON SCHEMA ${name} TO ${user};`),
    ...tables.map((name) => `GRANT SELECT ON TABLE ${name} TO ${user};`),
    ...sequences.map((name) => `GRANT SELECT ON SEQUENCE ${name} TO ${user};`),
  ];
  const old = Number.parseInt(tool, 10) < Number.parseInt(server, 10);
  return [
    ...(old
      ? [
          `pg_dump ${tool} is older than the server, ${server}, and refuses it. Use pg_dump ${Number.parseInt(server, 10)} or later.`,
        ]
      : []),
    ...(grants.length > 0
      ? [
          `The user ${user} may not read all of the database. Run as its owner:\n${grants.map((grant) => `  ${grant}`).join("\n")}`,
        ]
      : []),
    ...(filtered.length > 0
      ? [
          `Row-level security hides rows of ${filtered.join(", ")} from ${user}, and pg_dump refuses to go on. Run as a superuser:\n  ALTER ROLE ${user} BYPASSRLS;`,
        ]
      : []),
  ];
}

function queryCommand(request: PostgresqlTarget, env: Environment): Command {
  const args = ["-X", "-q", "-A", "-t", "-w", "-v", "ON_ERROR_STOP=1", databaseArgument(request.database)];
  return { file: "psql", args: [...args, "-c", findingsQuery], env: libpqEnv(request, env) };
}

async function output(command: Command, request: PostgresqlTarget, signal: AbortSignal): Promise<string> {
  const written = await text(stdoutOf(command, (exit) => libpqFailed(exit, request.password), signal));
  if (written === "")
    throw new RunFailed("source", `${command.file} exited with 0 and wrote nothing`, { remedy: "try again" });
  return written;
}
