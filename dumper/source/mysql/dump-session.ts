import type { DatabaseState } from "./server-state.ts";

/**
 * What a dump tool's session is to have, as `SET` takes it: what all sessions have, and a character set in which the tool escapes text byte by byte. In one of
 * several bytes it calls two functions for each byte, which is half of its CPU (docs/adr/0009-escaping-of-mysqldump.md). The server
 * tells both products' tools when `character_set_client` changes:
 * https://dev.mysql.com/doc/refman/en/session-state-tracking.html
 *
 * What the tool reads stays utf8mb4, no character of which holds a byte that is escaped, so that it writes the same rows. What
 * it asks is read as latin1: that is the same only where all names are ASCII. A name that comes later is not found, and fails the run.
 */
export function dumpSession({ hasAsciiNames }: DatabaseState, session: readonly string[]): readonly string[] {
  return [...session, ...(hasAsciiNames ? ["character_set_client=latin1"] : [])];
}
