import type { Environment } from "../../../contract/dump-request.ts";
import type { SeenRequest } from "../../bed/http-proxy.ts";
import type { ToxicProxy } from "../../bed/toxiproxy.ts";

/**
 * A server with a database of some 18 MiB, of which nearly all is in one table: three parts when it is not compressed.
 */
export interface SourceServer {
  readonly host: string;
  readonly port: number;
  /** The dumper's variables for the database, reached at that address, as one who may read all of it. */
  readonly envAt: (address: { readonly host: string; readonly port: number }) => Environment;
  /** The dump tool's process, as the kernel names it. */
  readonly dumpTool: string;
  /** What no output may hold. */
  readonly secrets: readonly string[];
  /** Resolves when the dump tool is reading the large table. */
  readonly midway: () => Promise<void>;
  /** Credentials of one who may sign in, and may not read all. */
  readonly stranger: { readonly name: string; readonly password: string };
  /** Makes a small table. */
  readonly addTable: () => Promise<void>;
  /** Drops it when the dump tool has listed it and not yet read it. To be called while the tool runs. */
  readonly dropTableMidway: () => Promise<void>;
  /** Ends the server at once, with all its connections. */
  readonly crash: () => void;
  readonly stop: () => Promise<void>;
}

/** Everything that a fault may act on. */
export interface Scene {
  readonly server: SourceServer;
  /** Between the dump tool and the server. */
  readonly connection: ToxicProxy;
  /** What the storage has been asked for by the dump; nothing where it is a directory. */
  readonly storageRequests: () => readonly SeenRequest[];
}
