/** What a server has already, by name. */
export interface Existing {
  readonly roles: readonly string[];
  readonly tablespaces: readonly string[];
  readonly databases: readonly string[];
}

/**
 * The statements of a globals dump that make what is missing in a target. A role or tablespace that is there stays as it is,
 * above all the one that restores: its password would change under its feet.
 */
export function missingGlobals(dump: string, existing: Existing): readonly string[] {
  const statements = statementsOf(dump).filter((statement) => !makesExisting(statement, existing));
  const administrators = new Set<string>();
  return statements.map((statement) => {
    const membership = membershipOf(statement);
    if (membership === null) return statement;
    const { role, member, grantor, isAdmin, ofNobody } = membership;
    const mayGrant = administrators.has(JSON.stringify([role, grantor]));
    if (isAdmin) administrators.add(JSON.stringify([role, member]));
    return mayGrant ? statement : ofNobody;
  });
}

/** A role that is granted to another. */
interface Membership {
  readonly role: string;
  readonly member: string;
  readonly grantor: string;
  /** Whether the member may grant the role. */
  readonly isAdmin: boolean;
  /** The statement without who granted it. */
  readonly ofNobody: string;
}

/**
 * Since 16 who grants a role must be able to grant it in the target, too. Where no earlier statement gives the grantor that, it was
 * the first superuser of its server, which may have another name here: without the clause it is the first superuser of this one.
 * https://www.postgresql.org/docs/current/sql-grant.html#SQL-GRANT-DESCRIPTION-ROLES
 */
function membershipOf(statement: string): Membership | null {
  const name = `("(?:[^"]|"")+"|[^\\s";]+)`;
  const pattern = new RegExp(`^(GRANT ${name} TO ${name}(?: WITH ([A-Z, ]+?))?) GRANTED BY ${name}$`);
  const [, ofNobody, role, member, options = "", grantor] = pattern.exec(statement) ?? [];
  return ofNobody === undefined || role === undefined || member === undefined || grantor === undefined
    ? null
    : { role, member, grantor, isAdmin: /ADMIN (OPTION|TRUE)/.test(options), ofNobody };
}

function makesExisting(statement: string, { roles, tablespaces, databases }: Existing): boolean {
  const [, verb, kind, name = "", rest = ""] =
    /^(CREATE|ALTER) (ROLE|TABLESPACE|DATABASE) ("(?:[^"]|"")+"|[^\s";]+)([^]*)$/.exec(statement) ?? [];
  const named = name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
  switch (kind) {
    case "ROLE":
      return roles.includes(named) && !rest.startsWith(" IN DATABASE ");
    case "TABLESPACE":
      return tablespaces.includes(named);
    case "DATABASE":
      return verb === "CREATE" && databases.includes(named);
    default:
      return false;
  }
}

/** A comment, a text or name with all that may be in it, psql's restriction, or one character of something else. */
const token = /--[^\n]*|[eE]'(?:[^'\\]|\\[^]|'')*'|'[^']*'|"[^"]*"|\\(?:un)?restrict [A-Za-z0-9]+(?=\n)|[^]/g;

/** Split at each semicolon that ends a statement; without comments, and without psql's restriction between statements. */
function statementsOf(dump: string): readonly string[] {
  const statements: string[] = [];
  let statement = "";
  for (const [part] of dump.matchAll(token)) {
    if (part === ";") {
      statements.push(statement.trim());
      statement = "";
    } else if (!part.startsWith("--") && !(statement.trim() === "" && isRestriction(part))) {
      statement += part;
    }
  }
  return statement.trim() === "" ? statements : [...statements, statement.trim()];
}

function isRestriction(part: string): boolean {
  return part.startsWith("\\") && part.length > 1;
}
