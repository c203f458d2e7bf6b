import type { Reading } from "./diagnostic.ts";

/**
 * The options of pg_dump that a user may add by PG_DUMP_OPTIONS. Not among them: what writes files or changes the format
 * (`--file`, `--format`, `--jobs`), what picks the connection (ours), what makes psql leave the target (`--create`), and what
 * leaves the end mark out (`--data-only` keeps it; `--no-comments` concerns COMMENT statements only).
 * https://www.postgresql.org/docs/current/app-pgdump.html
 */
const flags = [
  "--clean",
  "--column-inserts",
  "--data-only",
  "--disable-dollar-quoting",
  "--disable-triggers",
  "--enable-row-security",
  "--if-exists",
  "--inserts",
  "--large-objects",
  "--load-via-partition-root",
  "--no-acl",
  "--no-comments",
  "--no-large-objects",
  "--no-owner",
  "--no-privileges",
  "--no-publications",
  "--no-security-labels",
  "--no-subscriptions",
  "--no-table-access-method",
  "--no-tablespaces",
  "--no-toast-compression",
  "--no-unlogged-table-data",
  "--on-conflict-do-nothing",
  "--quote-all-identifiers",
  "--schema-only",
  "--serializable-deferrable",
  "--strict-names",
];
const valued = [
  "--encoding",
  "--exclude-extension",
  "--exclude-schema",
  "--exclude-table",
  "--exclude-table-and-children",
  "--exclude-table-data",
  "--exclude-table-data-and-children",
  "--extension",
  "--extra-float-digits",
  "--lock-wait-timeout",
  "--role",
  "--rows-per-insert",
  "--schema",
  "--section",
  "--table",
  "--table-and-children",
];

/** Reads options separated by spaces: `--no-owner --exclude-table=audit.*`. A value follows its option after `=`. */
export function parsePgDumpOptions(text: string): Reading<readonly string[]> {
  const options = text.split(/\s+/).filter((part) => part !== "");
  const refused = options.find((option) => !isAllowed(option));
  return refused === undefined
    ? { value: options }
    : { problem: `${JSON.stringify(refused)} is not allowed; the allowed options are ${describe()}.` };
}

function isAllowed(option: string): boolean {
  const [name = "", ...value] = option.split("=");
  return value.length === 0 ? flags.includes(name) : valued.includes(name);
}

function describe(): string {
  return [...flags, ...valued.map((name) => `${name}=…`)].sort().join(", ");
}
