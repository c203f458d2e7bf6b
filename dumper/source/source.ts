import { unreachable } from "../../contract/brand.ts";
import type { Environment, SourceRequest } from "../../contract/dump-request.ts";
import type { EngineKind } from "../../contract/engine.ts";
import type { RunFailed } from "../failure.ts";
import type { Exit } from "../process/child.ts";
import type { Command } from "../process/command.ts";
import type { Seen } from "../process/seen.ts";
import type { DatabaseFacts } from "../sink/snapshot-manifest.ts";
import { mysqlSource } from "./mysql.ts";
import { postgresqlSource } from "./postgresql.ts";
import { searchSource } from "./search/search.ts";

/** A database server, as the run sees it. An engine is one file that makes one of these. */
export interface Source {
  readonly engine: EngineKind;
  /** Connects and looks, without dumping. @throws {RunFailed} when the server cannot be asked. */
  readonly check: (signal: AbortSignal) => Promise<SourceCheck>;
  /**
   * What to dump, one object each, in order. All of them are completed together or none is.
   * @param accept is given the names that the server decides on, before the first part; what it throws ends the run
   * @throws {RunFailed} before the first part when the dump would not be complete
   */
  readonly parts: (signal: AbortSignal, accept: (names: readonly string[]) => void) => AsyncIterable<DumpPart>;
  /** What the manifest says of the run as a whole. Asked once, after the last part was judged. */
  readonly report: () => SourceReport;
}

export interface DumpPart {
  /** Names the object among those of the run: the database, or the kind of data. */
  readonly name: string;
  readonly dump: Dump;
  /** What the manifest says of a database of PostgreSQL. */
  readonly database?: DatabaseFacts;
  /**
   * Looks at a dump that has passed by whole: its versions, as far as it tells them.
   * @throws {RunFailed} when the end mark is missing, which means that it ended early.
   */
  readonly judge: (seen: Seen) => DumpVersions;
}

/** A program that writes the dump to its stdout, or bytes that we make ourselves and that end only when they are whole. */
export type Dump =
  | { readonly kind: "command"; readonly command: Command; readonly explain: (exit: Exit) => RunFailed }
  | { readonly kind: "stream"; readonly open: (signal: AbortSignal) => AsyncIterable<Buffer> };

export interface DumpVersions {
  /** Null where the dump does not tell. */
  readonly server: string | null;
  readonly tool: string | null;
}

export interface SourceReport {
  /** What was left out, on purpose or because it cannot be had, each with the reason. */
  readonly skipped: readonly string[];
  /** What one who restores the snapshot should know, a sentence each. */
  readonly notes: readonly string[];
}

export interface SourceCheck {
  readonly versions: DumpVersions;
  /** Of the parts, as far as the server decides on them. */
  readonly names: readonly string[];
  /** Every reason for which the dump would fail or be incomplete, each a sentence with what to do. */
  readonly problems: readonly string[];
  /** What would be left out and what is worth knowing, as the manifest would say it. */
  readonly report: SourceReport;
}

/** @param env the environment in which programs are found */
export function openSource(request: SourceRequest, env: Environment): Source {
  switch (request.kind) {
    case "postgresql":
      return postgresqlSource(request, env);
    case "mysql":
    case "mariadb":
      return mysqlSource(request, env);
    case "elasticsearch":
    case "opensearch":
      return searchSource(request);
    default:
      return unreachable(request);
  }
}
