import type { Reading } from "./diagnostic.ts";
import { either, refused } from "./field-reader.ts";

/**
 * The options of mysqldump that a user may add by MYSQLDUMP_OPTIONS. Not among them: what writes files, picks the
 * connection, hides errors (`--force`) or leaves the end mark out (`--compact`, `--skip-comments`).
 * https://dev.mysql.com/doc/refman/en/mysqldump.html
 */
const flags = ["--no-tablespaces", "--single-transaction", "--complete-insert", "--no-data", "--skip-tz-utc"];

/** Reads options separated by blanks. */
export function parseMysqldumpOptions(text: string): Reading<readonly string[]> {
  const options = text.split(/\s+/).filter((option) => option !== "");
  const unknown = options.find((option) => !flags.includes(option));
  return unknown === undefined ? { value: options } : refused(unknown, either(flags));
}
