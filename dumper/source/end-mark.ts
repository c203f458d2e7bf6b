import { familyOf, type EngineKind } from "../../contract/engine.ts";
import { RunFailed } from "../failure.ts";

/** How each family's dumps end, when they are whole. Not at all is well for JSON lines: a cluster may have no aliases. */
const endMarks = {
  // Since 13.22, 14.19, 15.14, 16.10 and 17.6 an `\unrestrict <key>` follows. "cluster": what pg_dumpall writes.
  postgresql: /\n-- PostgreSQL database (cluster )?dump complete\n--\n\s*(\\unrestrict \w+\s*)?$/,
  mysql: /\n-- Dump completed[^\n]*\n$/,
  search: /(^|\n)$/,
} as const;

/** Whether a dump ends as whole ones do. @param tail its last bytes, one character each */
export function hasEndMark(engine: EngineKind, tail: string): boolean {
  return endMarks[familyOf(engine)].test(tail);
}

/** @throws {RunFailed} that tells the problem when the end mark is missing: then the dump ended early */
export function requireEndMark(engine: EngineKind, tail: string, problem = incomplete): void {
  if (hasEndMark(engine, tail)) return;
  throw new RunFailed("source", problem, { remedy: "look at the database server's log for what ended the connection" });
}

const incomplete = "the dump ended without its end mark and is incomplete";
