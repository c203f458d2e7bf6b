/** One line of `SHOW GRANTS` that gives (or, where partial revokes are on, takes) privileges on something. */
export interface Grant {
  readonly isRevoke: boolean;
  /** In upper case; `ALL` for all that there are at its level. Those for single columns are not among them. */
  readonly privileges: ReadonlySet<string>;
  /** Null: all databases. A pattern, as in GRANT: `%` and `_` stand for anything unless escaped. */
  readonly database: string | null;
  /** Null: all tables. */
  readonly table: string | null;
}

/** A privilege that a table or database can be asked for. */
export type Privilege = "SELECT" | "SHOW VIEW" | "TRIGGER" | "EVENT" | "EXECUTE" | "CREATE ROUTINE" | "ALTER ROUTINE";

/** Reads a line of `SHOW GRANTS`. Null for what concerns neither databases nor tables: roles, proxies, single routines. */
export function parseGrant(line: string): Grant | null {
  const match = /^(GRANT|REVOKE) (.+?) ON (\*|`(?:[^`]|``)+`)\.(\*|`(?:[^`]|``)+`) (?:TO|FROM) /s.exec(line);
  if (match === null) return null;
  const [, verb, privileges = "", database = "", table = ""] = match;
  if (/ON (PROCEDURE|FUNCTION|PACKAGE) $/.test(line.slice(0, line.indexOf("`")))) return null;
  return {
    isRevoke: verb === "REVOKE",
    privileges: new Set(
      privileges
        .replace(/\s*\([^)]*\)/g, "(") // a privilege for some columns only
        .split(",")
        .map((name) =>
          name
            .trim()
            .toUpperCase()
            .replace(/^ALL PRIVILEGES$/, "ALL"),
        ),
    ),
    database: unquoted(database),
    table: unquoted(table),
  };
}

/** Whether all of a database, or one of its tables, may be used so. */
export function isGranted(
  grants: readonly Grant[],
  privilege: Privilege,
  database: string,
  table: string | null = null,
): boolean {
  const concerned = grants.filter(
    (grant) =>
      (grant.privileges.has(privilege) || grant.privileges.has("ALL")) &&
      (grant.database === null || matches(grant.database, database)) &&
      (grant.table === null || grant.table === table),
  );
  const own = concerned.filter((grant) => grant.database !== null);
  if (own.some(({ isRevoke }) => !isRevoke)) return true;
  return concerned.some(({ isRevoke }) => !isRevoke) && !own.some(({ isRevoke }) => isRevoke);
}

/** Whether it is granted for the whole server; dynamic privileges only can be. */
export function isGrantedGlobally(grants: readonly Grant[], privilege: string): boolean {
  return grants.some(
    ({ isRevoke, privileges, database }) =>
      !isRevoke && database === null && (privileges.has(privilege) || privileges.has("ALL")),
  );
}

/**
 * A database's name in GRANT, where `_` and `%` stand for anything.
 * https://dev.mysql.com/doc/refman/en/grant.html#grant-quoting
 */
export function grantedDatabase(database: string): string {
  return identifier(database.replace(/[_%\\]/g, "\\$&"));
}

export function identifier(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

/** A table's or view's name with that of its database, as SQL takes it. */
export function fullName(database: string, table: string): string {
  return `${identifier(database)}.${identifier(table)}`;
}

/** `'user'@'host'` from what CURRENT_USER() gives. */
export function account(currentUser: string): string {
  const at = currentUser.lastIndexOf("@");
  const quote = (text: string) => `'${text.replace(/[\\']/g, "\\$&")}'`;
  return `${quote(currentUser.slice(0, at))}@${quote(currentUser.slice(at + 1))}`;
}

function unquoted(name: string): string | null {
  return name === "*" ? null : name.slice(1, -1).replaceAll("``", "`");
}

function matches(pattern: string, database: string): boolean {
  const source = pattern.replace(
    /\\(.)|([%_])|([^\\%_]+|\\)/gs,
    (_, escaped?: string, wild?: string, plain?: string) =>
      wild === undefined ? literally(escaped ?? plain ?? "") : wild === "%" ? ".*" : ".",
  );
  return new RegExp(`^${source}$`, "su").test(database);
}

function literally(text: string): string {
  return text.replace(/[\^$\\.*+?()[\]{}|/]/g, "\\$&");
}
