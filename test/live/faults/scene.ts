import type { Environment } from "../../../contract/dump-request.ts";
import type { ToxicProxy } from "../../bed/toxiproxy.ts";

/** A server with a database of some 18 MiB, of which nearly all is in one table: three parts when it is not compressed. */
export interface SourceServer {
  readonly host: string;
  readonly port: number;
  /** The dumper's variables for the database, reached at that address, as its owner. */
  readonly envAt: (address: { readonly host: string; readonly port: number }) => Environment;
  /** The dump tool's process, as the kernel names it. */
  readonly dumpTool: string;
  /** What no output may hold. */
  readonly secrets: readonly string[];
  /** Resolves when the dump tool is reading the large table. */
  readonly midway: () => Promise<void>;
  /** Runs SQL in the database, as one who may do all. */
  readonly execute: (statement: string) => Promise<string>;
  /** Runs SQL in a transaction that stays open. */
  readonly begin: (statement: string) => Transaction;
  /** Ends the server at once, with all its connections. */
  readonly crash: () => void;
  readonly stop: () => Promise<void>;
}

export interface Transaction {
  readonly commit: () => Promise<void>;
}

/** Everything that a fault may act on. */
export interface Scene {
  readonly server: SourceServer;
  /** Between the dump tool and the server. */
  readonly connection: ToxicProxy;
}
