/** Stands for a character outside of ASCII: which one it is takes tables of the server's own. */
const other = "\uFFFD";

/**
 * InnoDB has the name of a table as that of its file: `database/table`, with `#` before a partition's, and what is no letter, digit or `_` of
 * ASCII as `@` and four hexadecimal digits, or two characters for many letters of other languages.
 * https://dev.mysql.com/doc/refman/en/identifier-mapping.html
 */
export function innodbKey(name: string): string {
  const table = name.split("#", 1)[0] ?? "";
  return table.replace(/@(?:([0-9a-f]{4})|[^@]{2})/g, (_, digits?: string) => {
    const code = Number.parseInt(digits ?? "ffff", 16);
    return code < 0x80 ? String.fromCharCode(code) : other;
  });
}

/** The same of the names that SQL has: equal for a table and its partitions, and seldom for two tables. */
export function tableKey(database: string, table: string): string {
  // eslint-disable-next-line no-control-regex -- all of ASCII
  return `${database}/${table}`.replace(/[^\x00-\x7f]/g, other);
}

/** A pattern of `LIKE`, with `|` to escape, that fits the names of all tables of a database, and seldom others. */
export function likeTablesOf(database: string): string {
  return `${database.replace(/[^0-9A-Za-z]/g, (one) => {
    if (one === "_") return "|_";
    const code = one.charCodeAt(0);
    return code < 0x80 ? `@${code.toString(16).padStart(4, "0")}` : "%";
  })}/%`;
}
