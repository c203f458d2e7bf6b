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
  return statementsOf(dump).filter((statement) => !makesExisting(statement, existing));
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
