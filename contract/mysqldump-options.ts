import type { Reading } from "./diagnostic.ts";

/**
 * The options of mysqldump and mariadb-dump that a user may add by MYSQLDUMP_OPTIONS. Not among them: what writes files
 * (`--result-file`, `--tab`, `--log-error`), picks the connection or other databases, hides errors (`--force`), leaves the end mark out
 * (`--compact`, `--skip-comments`), gives the transaction up (`--lock-all-tables`, `--skip-opt`) or reads text in
 * another encoding. https://dev.mysql.com/doc/refman/en/mysqldump.html
 */
const flags = [
  "--add-drop-table",
  "--add-drop-trigger",
  "--add-locks",
  "--column-statistics=0",
  "--comments",
  "--complete-insert",
  "--create-options",
  "--disable-keys",
  "--dump-date",
  "--events",
  "--extended-insert",
  "--hex-blob",
  "--insert-ignore",
  "--no-autocommit",
  "--no-create-info",
  "--no-data",
  "--no-tablespaces",
  "--opt",
  "--order-by-primary",
  "--quick",
  "--quote-names",
  "--replace",
  "--routines",
  "--set-gtid-purged=COMMENTED",
  "--set-gtid-purged=OFF",
  "--single-transaction",
  "--skip-add-drop-table",
  "--skip-add-locks",
  "--skip-column-statistics",
  "--skip-disable-keys",
  "--skip-dump-date",
  "--skip-extended-insert",
  "--skip-lock-tables",
  "--skip-tz-utc",
  "--triggers",
  "--tz-utc",
];
const valued = ["--ignore-table-data", "--max-allowed-packet", "--net-buffer-length"];

/** Reads options separated by blanks. A value follows its option after `=`. */
export function parseMysqldumpOptions(text: string): Reading<readonly string[]> {
  const options = text.split(/\s+/).filter((option) => option !== "");
  const refused = options.find((option) => !isAllowed(option));
  return refused === undefined
    ? { value: options }
    : { problem: `${JSON.stringify(refused)} is not allowed; the allowed options are ${describe()}.` };
}

/** Whether the option makes the dump lack something. */
export function leavesOut(option: string): boolean {
  return /^--(no-data|no-create-info|ignore-table-data)(=|$)/.test(option);
}

function isAllowed(option: string): boolean {
  const [name = "", ...value] = option.split("=");
  return flags.includes(option) || (value.length > 0 && valued.includes(name));
}

function describe(): string {
  return [...flags, ...valued.map((name) => `${name}=…`)].sort().join(", ");
}
