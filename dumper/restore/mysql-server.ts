import type { Environment } from "../../contract/dump-request.ts";
import { throughCommand } from "../process/stdout.ts";
import { type Client, literal, rowsOf } from "../source/mysql/client.ts";
import { connectionOptions, type Family } from "../source/mysql/connection.ts";
import { mysqlFailed } from "../source/mysql/failure.ts";
import { identifier } from "../source/mysql/grants.ts";
import { writeOptionFile } from "../source/mysql/option-file.ts";
import { creationStatement } from "../source/mysql/report.ts";
import { findTools, toolsToAsk } from "../source/mysql/tools.ts";
import { baseEnv } from "../process/command.ts";
import { drain } from "./content.ts";
import type { MysqlDestination } from "./mysql-target.ts";

/** A server that dumps go back into. */
export interface MysqlServer {
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
  const client: Client = { program, optionFile, password: target.password, env };
  return {
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
    run: async (name, dump) => {
      const command = { file: program, args: restoreArguments(client, family, name), env: baseEnv(env) };
      await drain(throughCommand(dump, command, (exit) => mysqlFailed(exit, target.password), signal));
    },
    close: optionFile.remove,
  };
}

/**
 * In binary mode the program carries out none of its own commands (`system`, `source`, `tee`), which somebody may have
 * written into the dump, and passes over the line with which MariaDB's dumps begin.
 */
export function restoreArguments(
  { optionFile }: Pick<Client, "optionFile">,
  family: Family,
  database: string,
): readonly string[] {
  return [
    ...[optionFile.argument, "--binary-mode", "--batch", "--local-infile=0", "--default-character-set=utf8mb4"],
    // MariaDB's would show the rows of a statement that fails. "loose": older ones never do, and do not know the option.
    ...(family === "mariadb" ? ["--loose-skip-print-query-on-error"] : []),
    // MariaDB's would take the comments out of routines.
    ...["--comments", "--max-allowed-packet=1G", `--database=${database}`],
  ];
}

function usedQuery(names: readonly string[]): string {
  const among = (column: string) => `${column} IN (${names.map(literal).join(", ")})`;
  return `SELECT name, COUNT(*) FROM (
    SELECT TABLE_SCHEMA AS name FROM information_schema.TABLES WHERE ${among("TABLE_SCHEMA")}
    UNION ALL SELECT ROUTINE_SCHEMA FROM information_schema.ROUTINES WHERE ${among("ROUTINE_SCHEMA")}
    UNION ALL SELECT EVENT_SCHEMA FROM information_schema.EVENTS WHERE ${among("EVENT_SCHEMA")}
  ) AS objects GROUP BY name`;
}
