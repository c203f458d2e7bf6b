import type { Environment } from "../../../contract/dump-request.ts";
import type { FaultRule } from "../../bed/http-proxy.ts";
import type { Scene } from "./scene.ts";

/** One fault, and the end that a dump must come to which meets it. */
export interface Row {
  /** Completes "leaves a whole snapshot or nothing at all when …". */
  readonly name: string;
  readonly engine: "postgresql" | "mysql" | "mariadb";
  /** Default: a bucket. */
  readonly sink?: "directory" | "full directory";
  /** Further variables of the dump, with and without the fault. */
  readonly env?: Environment;
  /** The fault breaks the server, which gets one of its own. */
  readonly breaksServer?: true;
  readonly fault: Fault;
  readonly end: End;
}

/** Where a fault strikes; all of it happens only in the run that is to meet it. */
export interface Fault {
  /** What the storage does to requests. */
  readonly storage?: readonly FaultRule[];
  /** Put over the dump's variables. */
  readonly env?: (scene: Scene) => Promise<Environment> | Environment;
  /** Done before the dump starts. */
  readonly before?: (scene: Scene) => Promise<void> | void;
  /** Done while it runs. */
  readonly during?: (scene: Scene, run: Running) => Promise<void>;
}

/** A dump that is under way. */
export interface Running {
  /** The dumper's. */
  readonly pid: number;
  /** How many bytes the dump tool gives in all. */
  readonly dumpBytes: number;
}

/**
 * `stored by the next run`: the dumper cannot take back what it stored, nothing of which can be restored; a second run of
 * the same CronJob stores, and removes it.
 */
export type End = Failed | "stored" | "stored by the next run";

/** No manifest, no object, no open upload, and within half a minute. */
export interface Failed {
  readonly exitCode: number;
  readonly message: RegExp;
  /** The fault keeps the run from taking back what it began, and the message names what is left. */
  readonly leavesUpload?: true;
}
