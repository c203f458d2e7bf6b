import type { Environment } from "../../contract/dump-request.ts";
import { RunFailed } from "../failure.ts";
import { type Client, literal, rowsOf } from "../source/mysql/client.ts";
import { connectionOptions } from "../source/mysql/connection.ts";
import { restoreAdvice } from "../source/mysql/failure.ts";
import { identifier } from "../source/mysql/grants.ts";
import { writeOptionFile } from "../source/mysql/option-file.ts";
import { creationStatement } from "../source/mysql/report.ts";
import { sessionOn } from "../source/mysql/session.ts";
import { alteringSettings, writingSettings } from "../source/mysql/session-settings.ts";
import { findTools, toolsToAsk } from "../source/mysql/tools.ts";
import { runScript, runScriptThrough } from "./mysql-script.ts";
import type { MysqlDestination } from "./mysql-target.ts";

/** What of a server decides whether it can have what is in a dump. */
export interface MysqlTraits {
  /** The server's own word for its version. */
  readonly version: string;
  /** Whether names of databases and tables that differ by case alone are of two. */
  readonly tellsCase: boolean;
}

/** A server that dumps go back into. */
export interface MysqlServer {
  readonly traits: () => Promise<MysqlTraits>;
  /** Those of the databases that hold something, and how much. */
  readonly usedOf: (
    names: readonly string[],
  ) => Promise<readonly { readonly name: string; readonly objects: number }[]>;
  /** Makes a database unless it is there. @param like null: as the server makes them */
  readonly create: (
    name: string,
    like: { readonly charset: string; readonly collation: string } | null,
  ) => Promise<void>;
  /** Runs a dump in a database, and ends at the first error. */
  readonly run: (name: string, dump: AsyncIterable<Buffer>) => Promise<void>;
  /** The same past every statement that fails. Gives what the server said of those. */
  readonly runThrough: (name: string, dump: AsyncIterable<Buffer>) => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
}

/** @throws {RunFailed} when there is no client program */
export async function openMysqlServer(
  target: MysqlDestination,
  env: Environment,
  signal: AbortSignal,
): Promise<MysqlServer> {
  const { client: program, family } = toolsToAsk(await findTools(env, signal), target.family);
  const optionFile = await writeOptionFile(connectionOptions(target, family));
  const unset: Client = { program, optionFile, password: target.password, env, session: [], advice: restoreAdvice };
  let client: Client;
  try {
    client = { ...unset, session: await writingSession(unset, signal) };
  } catch (error) {
    await optionFile.remove();
    throw error;
  }
  return {
    traits: async () => {
      const [[version = "", lowers = ""] = []] = await rowsOf(
        client,
        "SELECT VERSION(), @@lower_case_table_names",
        signal,
      );
      return { version, tellsCase: lowers === "0" };
    },
    usedOf: async (names) => {
      const rows = await rowsOf(client, usedQuery(names), signal);
      return rows
        .map(([name = "", objects]) => ({ name, objects: Number(objects) }))
        .filter(({ objects }) => objects > 0);
    },
    create: async (name, like) => {
      const found = await rowsOf(
        client,
        `SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ${literal(name)}`,
        signal,
      );
      if (found.length > 0) return;
      const statement =
        like === null ? `CREATE DATABASE ${identifier(name)}` : creationStatement(name, like.charset, like.collation);
      await rowsOf(client, statement, signal);
    },
    run: (name, dump) => runScript(client, family, name, dump, signal),
    runThrough: (name, dump) => runScriptThrough(client, family, name, dump, signal),
    close: optionFile.remove,
  };
}

/** @throws {RunFailed} when the server would make other tables than those that were dumped, and the account cannot keep it from that */
async function writingSession(client: Client, signal: AbortSignal): Promise<readonly string[]> {
  const { assignments, refused } = await sessionOn(client, writingSettings, signal);
  for (const [name, wanted] of Object.entries(alteringSettings)) {
    const has = refused.get(name) ?? wanted;
    if (has === wanted) continue;
    const problem = `the server's ${name} is ${has}, by which it would make other tables than those that were dumped, and the account may not set it`;
    const remedy = `let the server have ${name}=${wanted} for the restore, or grant SESSION_VARIABLES_ADMIN (MySQL) or SUPER (MariaDB) on *.* to the account`;
    throw new RunFailed("invalid", problem, { remedy });
  }
  return assignments;
}

function usedQuery(names: readonly string[]): string {
  const among = (column: string) => `${column} IN (${names.map(literal).join(", ")})`;
  return `SELECT name, COUNT(*) FROM (
    SELECT TABLE_SCHEMA AS name FROM information_schema.TABLES WHERE ${among("TABLE_SCHEMA")}
    UNION ALL SELECT ROUTINE_SCHEMA FROM information_schema.ROUTINES WHERE ${among("ROUTINE_SCHEMA")}
    UNION ALL SELECT EVENT_SCHEMA FROM information_schema.EVENTS WHERE ${among("EVENT_SCHEMA")}
  ) AS objects GROUP BY name`;
}
