import type { AllowedOptions } from "./dump-options.ts";

/**
 * The options of pg_dump that a user may add by PG_DUMP_OPTIONS. Not among them: what writes files or changes the format
 * (`--file`, `--format`, `--jobs`), what picks the connection (ours), what makes psql leave the target (`--create`), and what
 * leaves the end mark out (`--data-only` keeps it; `--no-comments` concerns COMMENT statements only).
 * https://www.postgresql.org/docs/current/app-pgdump.html
 */
export const pgDumpOptions: AllowedOptions = {
  flags: [
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
  ],
  valued: [
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
  ],
};
