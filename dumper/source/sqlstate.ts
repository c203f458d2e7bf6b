// With VERBOSITY=verbose psql prints, in the language of the server:
//
//   FEHLER:  42P01: Relation »x« existiert nicht
//   LOCATION:  parserOpenTable, parse_relation.c:1449
//
// What libpq says when no connection is made, and all that pg_dump says, has no SQLSTATE: there the words are all there is.
// https://www.postgresql.org/docs/current/errcodes-appendix.html

const told = /^(.*?: ) ([0-9A-Z]{5}): /m;

/** Of what was said first; null when that has none. */
export function sqlstateOf(said: string): string | null {
  return told.exec(said)?.[2] ?? null;
}

/** A message of a server with its SQLSTATE put back, as psql prints it. */
export function withSqlstate(message: string, sqlstate: string | null): string {
  return sqlstate === null ? message : message.replace(/^(.*?: )/, `$1 ${sqlstate}: `);
}

/** Where in the server's own source it was said. The word is libpq's, not the server's. */
export function isLocation(line: string): boolean {
  return /^LOCATION: {2}\w+, [\w.-]+:\d+$/.test(line);
}

/** For people. */
export function withoutSqlstates(said: string): string {
  return said
    .split("\n")
    .filter((line) => !isLocation(line))
    .map((line) => line.replace(told, "$1"))
    .join("\n");
}
