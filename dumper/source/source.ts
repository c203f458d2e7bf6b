import type { Environment, DumpRequest } from "../../contract/dump-request.ts";
import type { EngineKind } from "../../contract/engine.ts";
import type { RunFailed } from "../failure.ts";
import type { Exit } from "../process/child.ts";
import type { Command } from "../process/command.ts";
import type { Seen } from "../process/seen.ts";
import { postgresqlSource } from "./postgresql.ts";

/** A database server, as the run sees it. An engine is one file that makes one of these. */
export interface Source {
  readonly engine: EngineKind;
  /** What is left out on purpose; the manifest says so. */
  readonly skipped: readonly string[];
  /** Connects and looks, without dumping. @throws {RunFailed} when the server cannot be asked. */
  readonly check: (signal: AbortSignal) => Promise<SourceCheck>;
  /** What to dump, one object each, in order. All of them are completed together or none is. */
  readonly parts: (signal: AbortSignal) => AsyncIterable<DumpPart>;
}

export interface DumpPart {
  /** Names the object among those of the run: the database, or the kind of data. */
  readonly name: string;
  readonly dump: Dump;
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

export interface SourceCheck {
  readonly versions: DumpVersions;
  /** Every reason for which the dump would fail or be incomplete, each a sentence with what to do. */
  readonly problems: readonly string[];
}

/** @param env the environment in which programs are found */
export function openSource(request: DumpRequest["source"], env: Environment): Source {
  return postgresqlSource(request, env);
}
