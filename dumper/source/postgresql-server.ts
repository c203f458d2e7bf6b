import * as z from "zod";
import { RunFailed } from "../failure.ts";
import type { PostgresqlTarget } from "./conninfo.ts";
import { queryJson, type QueryContext } from "./postgresql-query.ts";
import { unfit } from "./postgresql-session.ts";

/** Every server has the first unless somebody dropped it, and the second. */
const maintenanceDatabases = ["postgres", "template1"] as const;

/**
 * The server and its databases. What to_jsonb gives of a row differs between majors, and takes part in none of the query's
 * text: one query for all of them. Only the entries of the two shared catalogs that concern a database itself are asked
 * for: settings (also those of one role in it), grants, comment and security labels.
 */
const serverQuery = `
SELECT pg_catalog.json_build_object(
  'version', pg_catalog.current_setting('server_version'),
  'user', pg_catalog.quote_ident(current_user),
  'isSuperuser', pg_catalog.current_setting('is_superuser') = 'on',
  'unfit', ${unfit("pg_dumpall")},
  'replica', CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.json_build_object(
      'lastTransaction', pg_catalog.to_char(pg_catalog.pg_last_xact_replay_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
      'bytesBehind', pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())) END,
  'readsRoles', pg_catalog.has_table_privilege('pg_catalog.pg_authid', 'SELECT'),
  'databases', (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
      'name', d.datname,
      'allowsConnections', d.datallowconn,
      'mayConnect', pg_catalog.has_database_privilege(d.oid, 'CONNECT'),
      'owner', pg_catalog.pg_get_userbyid(d.datdba),
      'encoding', pg_catalog.pg_encoding_to_char(d.encoding),
      'tablespace', (SELECT spcname FROM pg_catalog.pg_tablespace t WHERE t.oid = d.dattablespace),
      'row', pg_catalog.to_jsonb(d) - 'datacl',
      'comment', pg_catalog.shobj_description(d.oid, 'pg_database'),
      'labels', (SELECT coalesce(json_agg(json_build_object('provider', l.provider, 'label', l.label) ORDER BY l.provider), '[]')
                 FROM pg_catalog.pg_shseclabel l WHERE l.classoid = 'pg_catalog.pg_database'::regclass AND l.objoid = d.oid),
      'settings', (SELECT coalesce(json_agg(json_build_object('role', r.rolname, 'config', c.config) ORDER BY r.rolname NULLS FIRST, c.position), '[]')
                   FROM pg_catalog.pg_db_role_setting s CROSS JOIN unnest(s.setconfig) WITH ORDINALITY AS c (config, position)
                   LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole WHERE s.setdatabase = d.oid),
      'grants', CASE WHEN d.datacl IS NOT NULL THEN
                  (SELECT coalesce(json_agg(json_build_object('role', r.rolname, 'privilege', a.privilege_type, 'grantable', a.is_grantable)
                                            ORDER BY r.rolname NULLS FIRST, a.privilege_type), '[]')
                   FROM pg_catalog.aclexplode(d.datacl) a LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
                   WHERE a.grantee = 0 OR r.oid IS NOT NULL) END
    ) ORDER BY d.datname) FROM pg_catalog.pg_database d)
)`;

const Database = z.object({
  name: z.string(),
  /** Never true of template0. */
  allowsConnections: z.boolean(),
  /** Whether the user has CONNECT on it. */
  mayConnect: z.boolean(),
  owner: z.string(),
  encoding: z.string(),
  tablespace: z.string(),
  /** Of pg_database, as far as it is in use. */
  row: z.object({
    datcollate: z.string(),
    datctype: z.string(),
    datconnlimit: z.number(),
    datistemplate: z.boolean(),
    /** Since 15: c is libc, i is ICU; since 17 also b, built in. */
    datlocprovider: z.enum(["c", "i", "b"]).optional(),
    /** Of 15 and 16; since 17 it is called datlocale. */
    daticulocale: z.string().nullish(),
    datlocale: z.string().nullish(),
    daticurules: z.string().nullish(),
  }),
  comment: z.string().nullable(),
  labels: z.array(z.object({ provider: z.string(), label: z.string() })),
  /** `search_path=a, "b"`. A role of null: of everyone who connects to the database. */
  settings: z.array(z.object({ role: z.string().nullable(), config: z.string() })),
  /** Null: as a new database has them. A role of null: PUBLIC. */
  grants: z.array(z.object({ role: z.string().nullable(), privilege: z.string(), grantable: z.boolean() })).nullable(),
});
export type Database = z.infer<typeof Database>;

const Server = z.object({
  /** `16.14 (Debian …)`. */
  version: z.string(),
  /** Quoted as SQL needs it. */
  user: z.string(),
  isSuperuser: z.boolean(),
  /** Settings of the user's sessions that pg_dumpall cannot have. */
  unfit: z.array(z.string()),
  /** Null: it is no standby. */
  replica: z
    .object({
      /** When the last transaction that it has replayed was committed. Null: none since it started. */
      lastTransaction: z.string().nullable(),
      /** Of WAL that it has received and not yet replayed. Null: it does not stream. */
      bytesBehind: z.number().nullable(),
    })
    .nullable(),
  /** Whether the user may read the roles with their passwords. */
  readsRoles: z.boolean(),
  databases: z.array(Database),
});

export interface Server extends z.infer<typeof Server> {
  readonly major: number;
  /** To which the question was put. */
  readonly askedIn: string;
}

/**
 * Asks a server for itself.
 * @param database where; null: in one that every server has
 * @throws {RunFailed} when the server cannot be asked
 */
export async function observeServer(
  target: Omit<PostgresqlTarget, "database">,
  database: string | null,
  context: QueryContext,
): Promise<Server> {
  const [first, second] = database === null ? maintenanceDatabases : [database];
  try {
    return await ask(target, first, context);
  } catch (error) {
    if (second === undefined || !mayBeGone(error, first)) throw error;
    return await ask(target, second, context).catch((again: unknown) => {
      throw mayBeGone(again, second) ? error : again;
    });
  }
}

/** What is said where no connection is made has no SQLSTATE, and is in the server's language: it names the database. */
function mayBeGone(error: unknown, database: string): boolean {
  return error instanceof RunFailed && new RegExp(`: {2}.*\\b${database}\\b`).test(error.message);
}

async function ask(target: Omit<PostgresqlTarget, "database">, database: string, context: QueryContext) {
  const server = Server.parse(await queryJson({ ...target, database }, serverQuery, context));
  return { ...server, major: Number.parseInt(server.version, 10), askedIn: database };
}
