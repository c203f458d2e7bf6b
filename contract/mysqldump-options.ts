import type { AllowedOptions } from "./dump-options.ts";

/**
 * The options of mysqldump and mariadb-dump that a user may add by MYSQLDUMP_OPTIONS. Not among them: what writes files
 * (`--result-file`, `--tab`, `--log-error`), picks the connection or other databases, hides errors (`--force`), leaves the end mark out
 * (`--compact`, `--skip-comments`), gives the transaction up (`--lock-all-tables`, `--skip-opt`) or reads text in
 * another encoding. https://dev.mysql.com/doc/refman/en/mysqldump.html
 */
export const mysqldumpOptions: AllowedOptions = {
  flags: [
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
    "--update-history",
  ],
  valued: ["--ignore-table-data", "--max-allowed-packet", "--net-buffer-length"],
};

/** Whether the option makes the dump lack something. */
export function leavesOut(option: string): boolean {
  return /^--(no-data|no-create-info|ignore-table-data)(=|$)/.test(option);
}
