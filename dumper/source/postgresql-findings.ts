import * as z from "zod";
import type { PostgresqlTarget } from "./conninfo.ts";
import { queryJson, type QueryContext } from "./postgresql-query.ts";
import { unfit } from "./postgresql-session.ts";

/**
 * What pg_dump reads of a database and the user may not, and what pg_dump would leave out without a word.
 *
 * Read are the rows of tables, of extensions' tables only those that the extension says are the user's, and sequences; of
 * views, materialized views and foreign tables only the definitions, which everyone may see. CASE, because AND may test
 * its right side first, and a privilege of the wrong kind of relation is an error.
 */
function findingsQuery(serverMajor: number): string {
  return `
WITH own AS (
  SELECT c.oid, c.relkind, c.relpersistence, n.oid AS schema_oid, format('%I.%I', n.nspname, c.relname) AS name, format('%I', n.nspname) AS schema
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'f', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND (NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                     WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
         OR EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE c.oid = ANY (e.extconfig)))
),
${unreadableLargeObjects(serverMajor)}
SELECT pg_catalog.json_build_object(
  'objects', (SELECT count(*) + 2 * count(nullif(c.reltoastrelid, 0)) FROM pg_catalog.pg_class c WHERE ${isOwn("pg_class", "c", "relnamespace")})
           + (SELECT count(*) FROM pg_catalog.pg_proc p WHERE ${isOwn("pg_proc", "p", "pronamespace")}),
  'largeObjectCount', (SELECT count(*) FROM pg_catalog.pg_largeobject_metadata),
  'lcMonetary', CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE atttypid IN (${moneyTypes}))
                       OR EXISTS (SELECT FROM pg_catalog.pg_type WHERE typbasetype IN (${moneyTypes}))
                       OR EXISTS (SELECT FROM pg_catalog.pg_range WHERE rngsubtype IN (${moneyTypes}))
                     THEN (SELECT reset_val FROM pg_catalog.pg_settings WHERE name = 'lc_monetary') END,
  'unfit', ${unfit("pg_dump")},
  'pathDependent', ${pathDependent},
  'schemas', (SELECT coalesce(json_agg(DISTINCT schema), '[]') FROM own WHERE relkind <> 'f' AND NOT has_schema_privilege(schema_oid, 'USAGE')),
  'tables', (SELECT coalesce(json_agg(name ORDER BY name), '[]') FROM own WHERE CASE WHEN relkind IN ('r', 'p') THEN NOT has_table_privilege(oid, 'SELECT') END),
  'sequences', (SELECT coalesce(json_agg(name ORDER BY name), '[]') FROM own WHERE CASE WHEN relkind = 'S' THEN NOT has_sequence_privilege(oid, 'SELECT') END),
  'filtered', (SELECT coalesce(json_agg(name ORDER BY name), '[]') FROM own WHERE CASE WHEN relkind IN ('r', 'p') THEN row_security_active(oid) END),
  'largeObjects', json_build_object(
    'count', (SELECT coalesce(sum(objects), 0) FROM unreadable),
    'first', (SELECT coalesce(json_agg(oid::text ORDER BY oid), '[]') FROM (
                SELECT l.oid FROM pg_catalog.pg_largeobject_metadata l JOIN unreadable u ON l.lomowner = u.lomowner AND coalesce(l.lomacl::text, '') = u.acl
                ORDER BY l.oid LIMIT ${largeObjectsTold}) AS told)),
  'unlogged', (SELECT coalesce(json_agg(name ORDER BY name), '[]') FROM own WHERE relkind IN ('r', 'S') AND relpersistence = 'u'),
  'foreignTables', (SELECT coalesce(json_agg(name ORDER BY name), '[]') FROM own WHERE relkind = 'f'),
  'subscriptions', (SELECT coalesce(json_agg(format('%I', subname) ORDER BY subname), '[]') FROM pg_catalog.pg_subscription s
                    JOIN pg_catalog.pg_database d ON d.oid = s.subdbid WHERE d.datname = current_database()),
  'userMappings', (SELECT coalesce(json_agg(format('%I at %I', m.usename, m.srvname) ORDER BY m.usename, m.srvname), '[]')
                   FROM pg_catalog.pg_user_mappings m JOIN pg_catalog.pg_foreign_server f ON f.oid = m.srvid
                   WHERE NOT (CASE WHEN m.umuser = 0 THEN pg_has_role(f.srvowner, 'USAGE')
                              ELSE m.usename = current_user AND (pg_has_role(f.srvowner, 'USAGE') OR has_server_privilege(f.oid, 'USAGE')) END))
)`;
}

/**
 * Functions in SQL or PL/pgSQL that CHECKs, generated columns and indexes call, without a search_path of their own, and with a
 * word in their text that is the name of a relation or function and has no schema before it. A restore has no search_path.
 */
const pathDependent = `(
  SELECT coalesce(json_agg(DISTINCT format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))), '[]')
  FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_proc p ON p.oid = d.refobjid JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_catalog.pg_language l ON l.oid = p.prolang
  WHERE d.refclassid = 'pg_catalog.pg_proc'::regclass
    AND d.classid IN ('pg_catalog.pg_constraint'::regclass, 'pg_catalog.pg_attrdef'::regclass, 'pg_catalog.pg_class'::regclass)
    AND (d.classid <> 'pg_catalog.pg_attrdef'::regclass
         OR EXISTS (SELECT FROM pg_catalog.pg_attrdef f JOIN pg_catalog.pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
                    WHERE f.oid = d.objid AND a.attgenerated <> ''))
    AND l.lanname IN ('sql', 'plpgsql') AND (to_jsonb(p) ->> 'prosqlbody') IS NULL
    AND NOT EXISTS (SELECT FROM unnest(p.proconfig) AS c (setting) WHERE c.setting LIKE 'search\\_path=%')
    AND ${isOwn("pg_proc", "p", "pronamespace")}
    AND EXISTS (SELECT FROM regexp_matches(p.prosrc, '(?<![.[:alnum:]_"])[[:alpha:]_][[:alnum:]_]*', 'g') AS m (word)
                WHERE lower(m.word[1]) IN (SELECT c.relname::text FROM pg_catalog.pg_class c WHERE ${isOwn("pg_class", "c", "relnamespace")}
                                           UNION ALL SELECT q.proname::text FROM pg_catalog.pg_proc q WHERE ${isOwn("pg_proc", "q", "pronamespace")})))`;

const moneyTypes = "'money'::regtype, 'money[]'::regtype";

/** Not of the system and not of an extension. */
function isOwn(catalog: string, row: string, schema: string): string {
  return `${row}.${schema} IN (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.${catalog}'::regclass AND d.objid = ${row}.oid AND d.deptype = 'e')`;
}

/**
 * Who may read a large object is told by its owner and grants: there may be hundreds of thousands of large objects, and of
 * these there are few.
 */
function unreadableLargeObjects(serverMajor: number): string {
  return `alike AS (
  SELECT lomowner, coalesce(lomacl::text, '') AS acl, count(*) AS objects, min(oid) AS one
  FROM pg_catalog.pg_largeobject_metadata GROUP BY 1, 2
), unreadable AS (
  SELECT alike.* FROM alike JOIN pg_catalog.pg_largeobject_metadata l ON l.oid = alike.one WHERE NOT ${readsLargeObject(serverMajor)}
)`;
}

/** The function that tells came with 18; before, no role but the owner's and a grantee's members could read one. */
function readsLargeObject(serverMajor: number): string {
  if (serverMajor >= 18) return "has_largeobject_privilege(l.oid, 'SELECT')";
  return `(current_setting('is_superuser') = 'on' OR EXISTS (
    SELECT FROM aclexplode(coalesce(l.lomacl, acldefault('L', l.lomowner))) a
    WHERE a.privilege_type = 'SELECT' AND CASE WHEN a.grantee = 0 THEN true ELSE pg_has_role(a.grantee, 'USAGE') END))`;
}

/** So many are named. */
export const largeObjectsTold = 20;

/** All names are quoted as SQL needs them. */
const Findings = z.object({
  /** Tables, their TOAST tables, indexes, sequences, views, functions. */
  objects: z.int(),
  largeObjectCount: z.int(),
  /** In which locale's way the session writes money; null where no column holds any. */
  lcMonetary: z.string().nullable(),
  /** Settings of the user's sessions that pg_dump cannot have. */
  unfit: z.array(z.string()),
  /** Functions that rows and indexes need and that find others only by the search_path. */
  pathDependent: z.array(z.string()),
  /** That the user may not read. */
  schemas: z.array(z.string()),
  tables: z.array(z.string()),
  sequences: z.array(z.string()),
  largeObjects: z.object({ count: z.int(), first: z.array(z.string()) }),
  /** Tables of which row-level security hides rows from the user. */
  filtered: z.array(z.string()),
  /** Tables and sequences whose content is not replicated. */
  unlogged: z.array(z.string()),
  foreignTables: z.array(z.string()),
  subscriptions: z.array(z.string()),
  /** Whose options only others may read. */
  userMappings: z.array(z.string()),
});
export type Findings = z.infer<typeof Findings>;

/** Connects as the dump would, and looks. @throws {RunFailed} when that fails */
export async function observeDatabase(
  target: PostgresqlTarget,
  serverMajor: number,
  context: QueryContext,
): Promise<Findings> {
  return Findings.parse(await queryJson(target, findingsQuery(serverMajor), context));
}
