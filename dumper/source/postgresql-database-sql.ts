import type { Database } from "./postgresql-server.ts";
import { identifier, literal } from "./postgresql-sql.ts";

/** Settings that hold a list of quoted names: `variable_is_guc_list_quote` of PostgreSQL's src/fe_utils or src/bin/pg_dump. */
const listSettings = [
  "local_preload_libraries",
  "search_path",
  "session_preload_libraries",
  "shared_preload_libraries",
  "temp_tablespaces",
  "unix_socket_directories",
];

/** Exists everywhere, and what runs this is connected to it. */
const neverCreated = "postgres";

/**
 * What makes a database anew, without what is in it: encoding and locale, owner, settings, grants. pg_dump has it only
 * with `--create`, and a dump with that goes into no database of another name. Grants are made as the owner's: who made
 * them is not kept.
 */
export function databaseSql(database: Database, { tablespaces }: { readonly tablespaces: boolean }): string {
  const name = identifier(database.name);
  const { row, comment, labels, settings, grants } = database;
  return [
    ...(database.name === neverCreated ? [] : [createDatabase(database, tablespaces)]),
    `ALTER DATABASE ${name} OWNER TO ${identifier(database.owner)};`,
    ...(row.datconnlimit === -1 ? [] : [`ALTER DATABASE ${name} CONNECTION LIMIT ${row.datconnlimit};`]),
    ...(row.datistemplate ? [`ALTER DATABASE ${name} IS_TEMPLATE true;`] : []),
    ...(comment === null ? [] : [`COMMENT ON DATABASE ${name} IS ${literal(comment)};`]),
    ...labels.map(
      ({ provider, label }) => `SECURITY LABEL FOR ${identifier(provider)} ON DATABASE ${name} IS ${literal(label)};`,
    ),
    ...settings.map(({ role, config }) => settingSql(name, role, config)),
    ...(grants === null ? [] : grantsSql(name, database.owner, grants)),
  ]
    .map((statement) => `${statement}\n`)
    .join("");
}

/** From template0, which alone may be copied with another encoding and locale. */
function createDatabase({ name, encoding, tablespace, row }: Database, tablespaces: boolean): string {
  const locale = row.datlocale ?? row.daticulocale ?? "";
  const provider = {
    c: ["LOCALE_PROVIDER = libc"],
    i: ["LOCALE_PROVIDER = icu", `ICU_LOCALE = ${literal(locale)}`],
    b: ["LOCALE_PROVIDER = builtin", `BUILTIN_LOCALE = ${literal(locale)}`],
  };
  return `CREATE DATABASE ${[
    identifier(name),
    "TEMPLATE = template0",
    `ENCODING = ${literal(encoding)}`,
    ...(row.datlocprovider === undefined ? [] : provider[row.datlocprovider]),
    ...(row.daticurules == null ? [] : [`ICU_RULES = ${literal(row.daticurules)}`]),
    `LC_COLLATE = ${literal(row.datcollate)}`,
    `LC_CTYPE = ${literal(row.datctype)}`,
    ...(tablespace === "pg_default" || !tablespaces ? [] : [`TABLESPACE = ${identifier(tablespace)}`]),
  ].join(" ")};`;
}

function settingSql(database: string, role: string | null, config: string): string {
  const [name = "", ...rest] = config.split("=");
  const value = rest.join("=");
  const values = listSettings.includes(name) ? namesOf(value).map(literal).join(", ") : literal(value);
  const whose = role === null ? `DATABASE ${database}` : `ROLE ${identifier(role)} IN DATABASE ${database}`;
  return `ALTER ${whose} SET ${name.split(".").map(identifier).join(".")} TO ${values === "" ? "''" : values};`;
}

/** `a, "b c"` is a and b c. */
function namesOf(list: string): readonly string[] {
  return [...list.matchAll(/"((?:[^"]|"")*)"|([^\s,"]+)/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "",
  );
}

/** All that a new database grants is taken back first. */
function grantsSql(database: string, owner: string, grants: NonNullable<Database["grants"]>): readonly string[] {
  return [
    `REVOKE ALL ON DATABASE ${database} FROM PUBLIC;`,
    `REVOKE ALL ON DATABASE ${database} FROM ${identifier(owner)};`,
    ...grants.map(
      ({ role, privilege, grantable }) =>
        `GRANT ${privilege} ON DATABASE ${database} TO ${role === null ? "PUBLIC" : identifier(role)}${grantable ? " WITH GRANT OPTION" : ""};`,
    ),
  ];
}
