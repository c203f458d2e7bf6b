import type { Reading } from "../../contract/diagnostic.ts";
import type { Environment } from "../../contract/dump-request.ts";
import type { EngineFamily } from "../../contract/engine.ts";
import { either } from "../../contract/field-reader.ts";
import type { Secret } from "../../contract/secret.ts";
import type { SnapshotManifest, StoredDump } from "../sink/snapshot-manifest.ts";
import { mysqlTarget } from "./mysql-target.ts";
import { postgresqlTarget } from "./postgresql-target.ts";
import type { RestoreReport } from "./report.ts";
import { searchTarget } from "./search-target.ts";

/** A server that snapshots go back into. An engine is one file that makes one of these. */
export interface RestoreTarget {
  readonly family: EngineFamily;
  /** For the password's prompt: `shop at db.example.com`. */
  readonly account: string;
  /** The environment variable that may hold the password. */
  readonly passwordVariable: string;
  /**
   * Restores the objects, in their order.
   * @throws {RunFailed} that says whether the target is as it was or must be discarded
   */
  readonly restore: (snapshot: Restorable, options: RestoreOptions) => Promise<RestoreReport>;
}

/** A snapshot, or some of its objects. */
export interface Restorable {
  readonly manifest: SnapshotManifest;
  readonly objects: readonly RestorableObject[];
}

export interface RestorableObject {
  readonly stored: StoredDump;
  /**
   * The dump as the engine wrote it. Only who has read it to its clean end knows that it is what was stored: nothing may
   * be made final before.
   */
  readonly content: () => AsyncIterable<Buffer>;
}

export interface RestoreOptions {
  /** Null: none is sent. When the server wants one, {@link RunFailed.isPasswordMissing} tells. */
  readonly password: Secret | null;
  /** Restore also where something is already. */
  readonly intoNonEmpty: boolean;
  /** Go on past what fails, and report it, where the engine can. */
  readonly keepGoing: boolean;
  /** PostgreSQL: each database is one transaction, and stays as it was when the restore fails. */
  readonly singleTransaction: boolean;
  /** PostgreSQL: fill the materialized views. */
  readonly refresh: boolean;
  /** Search engines: `portable` leaves out the settings that bind an index to nodes of the cluster that was dumped. */
  readonly indexSettings: IndexSettings;
  /** Where programs are found. */
  readonly env: Environment;
  readonly signal: AbortSignal;
}

export const indexSettings = ["portable", "all"] as const;
export type IndexSettings = (typeof indexSettings)[number];

type OpenTarget = (url: URL, text: string) => Reading<RestoreTarget>;

const targets: Readonly<Record<string, OpenTarget>> = {
  "postgres:": postgresqlTarget,
  "postgresql:": postgresqlTarget,
  "mysql:": mysqlTarget,
  "mariadb:": mysqlTarget,
  "http:": searchTarget,
  "https:": searchTarget,
};

/** Reads where a snapshot is to go. A password in it is refused: others could read it. */
export function parseTarget(text: string): Reading<RestoreTarget> {
  const url = URL.parse(text);
  const open = url === null ? undefined : targets[url.protocol];
  if (url === null || open === undefined) {
    const schemes = Object.keys(targets).map((scheme) => `${scheme}//`);
    return { problem: `The target is not a URL that begins with ${either(schemes)}.` };
  }
  const target = open(url, text);
  if ("problem" in target || url.password === "") return target;
  return {
    problem: `The target holds a password, which every user of this machine could read. Leave it out: it is taken from ${target.value.passwordVariable}, or asked for on a terminal.`,
  };
}
