import type { PostgresqlRequest } from "../../contract/postgresql-request.ts";
import type { DatabaseFacts } from "../sink/snapshot-manifest.ts";
import type { Findings } from "./postgresql-findings.ts";
import { globalsName } from "./postgresql-globals.ts";
import type { Database, Server } from "./postgresql-server.ts";
import { identifier, literal } from "./postgresql-sql.ts";
import type { SourceReport } from "./source.ts";

/** A database that is to be dumped, and what was seen of it. Null: the user may not connect to it. */
export interface Observed {
  readonly database: Database;
  readonly findings: Findings | null;
}

/** The databases of a request: the one that is named, or all that allow connections but the server's templates. */
export function databasesOf({ databases }: Server, request: PostgresqlRequest): readonly Database[] {
  return databases.filter(({ name, allowsConnections, row }) =>
    request.database === null ? allowsConnections && !isInvalid(row) && !isTemplate(name) : name === request.database,
  );
}

/** What a restore compares its target with. */
export function factsOf(
  { skip }: PostgresqlRequest,
  { encoding, row }: Database,
  { objects, largeObjectCount, lcMonetary }: Findings,
): DatabaseFacts {
  return {
    ...{ encoding, collate: row.datcollate, ctype: row.datctype },
    provider: ({ c: "libc", i: "icu", b: "builtin" } as const)[row.datlocprovider ?? "c"],
    locale: row.datlocale ?? row.daticulocale ?? null,
    objects: objects + (skip.includes("large-objects") ? 0 : largeObjectCount),
    lcMonetary,
  };
}

/** Every reason for which the dump would fail, each with what to do. */
export function problemsOf(
  request: PostgresqlRequest,
  server: Server,
  observed: readonly Observed[],
): readonly string[] {
  const { user } = server;
  return [
    ...(request.database === null ? globalsProblems(request, server, observed) : []),
    ...missingGrants(user, connectGrants(user, observed), "Run as a superuser:"),
    ...observed.flatMap(({ database, findings }) => {
      if (findings === null || isNarrowed(request)) return [];
      const place = request.database === null ? ` in the database ${identifier(database.name)}` : "";
      const grants = grantsOf(user, findings, request.skip.includes("large-objects"));
      return [
        ...missingGrants(user, grants, `Run as its owner${place}:`),
        ...(request.options.includes("--enable-row-security") ? [] : hiddenRows(user, findings, place)),
      ];
    }),
  ];
}

function globalsProblems(
  request: PostgresqlRequest,
  { user, readsRoles, askedIn }: Server,
  observed: readonly Observed[],
) {
  const names = observed.map(({ database }) => database.name);
  return [
    ...(readsRoles || request.skip.includes("globals")
      ? []
      : [
          `The user ${user} may not read the roles with their passwords, which the globals hold. Run as a superuser, in the database ${identifier(askedIn)}:\n  GRANT SELECT ON pg_catalog.pg_authid TO ${user};\nor leave roles and tablespaces out on purpose: skip: globals (SKIP=globals).`,
        ]),
    ...(names.length === 0 ? ["There is no database that allows connections, but templates. Name one."] : []),
    ...(names.includes(globalsName)
      ? [`A database is called ${globalsName}, which is the name of the globals in a snapshot. Rename it.`]
      : []),
  ];
}

function connectGrants(user: string, observed: readonly Observed[]): readonly string[] {
  return observed
    .filter(({ findings }) => findings === null)
    .map(({ database }) => `GRANT CONNECT ON DATABASE ${identifier(database.name)} TO ${user};`);
}

function grantsOf(user: string, findings: Findings, withoutLargeObjects: boolean): readonly string[] {
  const { schemas, tables, sequences, largeObjects } = findings;
  return [
    ...schemas.map((name) => `GRANT USAGE ON SCHEMA ${name} TO ${user};`),
    ...tables.map((name) => `GRANT SELECT ON TABLE ${name} TO ${user};`),
    ...sequences.map((name) => `GRANT SELECT ON SEQUENCE ${name} TO ${user};`),
    ...(withoutLargeObjects ? [] : largeObjectGrants(user, largeObjects)),
  ];
}

/** Nobody runs hundreds of thousands of statements by hand: of many, one makes them all, each in a transaction of its own. */
function largeObjectGrants(user: string, { count, first }: Findings["largeObjects"]): readonly string[] {
  return count <= first.length
    ? first.map((oid) => `GRANT SELECT ON LARGE OBJECT ${oid} TO ${user};`)
    : [
        `DO $$ DECLARE o oid; BEGIN FOR o IN SELECT oid FROM pg_largeobject_metadata LOOP EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO %s', o, ${literal(user)}); COMMIT; END LOOP; END $$; -- for ${count} large objects`,
      ];
}

function missingGrants(user: string, grants: readonly string[], how: string): readonly string[] {
  if (grants.length === 0) return [];
  return [`The user ${user} may not read all of it. ${how}\n${grants.map((grant) => `  ${grant}`).join("\n")}`];
}

function hiddenRows(user: string, { filtered }: Findings, place: string): readonly string[] {
  if (filtered.length === 0) return [];
  return [
    `Row-level security hides rows of ${filtered.join(", ")}${place} from ${user}, and pg_dump refuses to go on. Run as a superuser:\n  ALTER ROLE ${user} BYPASSRLS;`,
  ];
}

/** What the dump does not hold, and what to know of it. */
export function reportOf(request: PostgresqlRequest, server: Server, observed: readonly Observed[]): SourceReport {
  const isWhole = request.database === null;
  return {
    skipped: [
      ...request.options.filter((option) => isNarrowing(option) || leavesOut(option)),
      ...(request.skip.includes("globals") && isWhole ? ["roles and tablespaces: on purpose (skip: globals)"] : []),
      ...(request.skip.includes("large-objects") ? ["large objects: on purpose (skip: large-objects)"] : []),
      ...(isWhole ? server.databases.flatMap(notDumped) : observed.flatMap(({ database }) => ownProperties(database))),
      ...observed.flatMap(({ database, findings }) =>
        findings === null
          ? []
          : leftOut(server, findings, isWhole ? ` of the database ${identifier(database.name)}` : ""),
      ),
    ],
    notes: [
      ...(server.replica === null ? [] : [replicaNote(server.replica)]),
      ...(isWhole ? ["The databases were dumped one after another: they are not of one point in time."] : []),
      ...(isWhole && !request.skip.includes("globals") ? ["The globals hold the hashes of the roles' passwords."] : []),
      ...observed.flatMap((one) => manyObjects(request, one)),
      ...observed.flatMap(pathDependent),
      ...(isNarrowed(request)
        ? ["PG_DUMP_OPTIONS narrows the dump: whether a grant is missing is known only when pg_dump runs."]
        : []),
    ],
  };
}

/** A server at its defaults is sure to have so many locks: 64 for each of 100 sessions. */
const locksByDefault = 64 * 100;

function manyObjects(request: PostgresqlRequest, { database, findings }: Observed): readonly string[] {
  if (findings === null) return [];
  const { objects } = factsOf(request, database, findings);
  return objects <= locksByDefault
    ? []
    : [
        `${identifier(database.name)} has ${objects} tables, indexes, sequences and large objects. To restore it in one transaction, the target needs max_locks_per_transaction = ${Math.ceil(objects / 100)} where max_connections is 100; --no-single-transaction needs none of it.`,
      ];
}

function pathDependent({ database, findings }: Observed): readonly string[] {
  return (findings?.pathDependent ?? []).map(
    (name) =>
      `The function ${name} of ${identifier(database.name)}, which a CHECK, generated column or index calls, may find nothing in a restore, which has no search_path: ALTER FUNCTION ${name} SET search_path = …;`,
  );
}

function replicaNote({ lastTransaction, bytesBehind }: NonNullable<Server["replica"]>): string {
  const upTo = lastTransaction === null ? "" : `, which had replayed what was committed until ${lastTransaction}`;
  const behind =
    bytesBehind === null
      ? "It did not stream from its primary: what it has may be old."
      : `It had ${bytesBehind} bytes received and not replayed.`;
  return `A standby was dumped${upTo}. ${behind}`;
}

function notDumped({ name, allowsConnections, row }: Database): readonly string[] {
  if (isTemplate(name)) return [`database ${identifier(name)}: the server's own template`];
  if (isInvalid(row)) return [`database ${identifier(name)}: invalid, as DROP DATABASE was interrupted`];
  return allowsConnections ? [] : [`database ${identifier(name)}: it allows no connections`];
}

/** What only `pg_dump --create` would keep, with which a dump goes into no database of another name. */
function ownProperties({ settings, grants, comment }: Database): readonly string[] {
  const has = [
    ...(settings.length > 0 ? ["settings (ALTER DATABASE … SET)"] : []),
    ...(grants === null ? [] : ["grants"]),
    ...(comment === null ? [] : ["comment"]),
  ];
  return has.length === 0
    ? []
    : [
        `the database's own ${has.join(", ")}: a dump of one database goes into any other, and has none (database: "*" has)`,
      ];
}

/** What pg_dump does not write, and of which it says nothing or only a warning. */
function leftOut(server: Server, findings: Findings, place: string): readonly string[] {
  const { subscriptions, userMappings, foreignTables, unlogged } = findings;
  return [
    ...(server.replica === null
      ? []
      : unlogged.map((name) => `content of the unlogged ${name}${place}: a standby does not have it`)),
    ...(server.isSuperuser
      ? []
      : subscriptions.map((name) => `subscription ${name}${place}: only a superuser may dump it`)),
    ...(server.isSuperuser
      ? []
      : userMappings.map((name) => `options of the user mapping of ${name}${place}: only a superuser may read them`)),
    ...foreignTables.map((name) => `rows of the foreign table ${name}${place}: they are on another server`),
  ];
}

/** With one of these pg_dump reads less than is there, and may need fewer grants. */
function isNarrowing(option: string): boolean {
  return /^--(exclude|schema|table|section|data-only|extension|enable-row-security)/.test(option);
}

function leavesOut(option: string): boolean {
  return option.startsWith("--no-");
}

function isNarrowed({ options }: PostgresqlRequest): boolean {
  return options.some(isNarrowing);
}

function isTemplate(name: string): boolean {
  return name === "template0" || name === "template1";
}

/** https://www.postgresql.org/docs/current/catalog-pg-database.html: -2 */
function isInvalid({ datconnlimit }: Database["row"]): boolean {
  return datconnlimit === -2;
}
