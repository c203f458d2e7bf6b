import type { Environment } from "../../../contract/dump-request.ts";
import type { MysqlRequest } from "../../../contract/mysql-request.ts";
import { baseEnv, type Command } from "../../process/command.ts";
import type { OptionFile } from "./option-file.ts";
import type { DatabaseState } from "./server-state.ts";
import type { Tools } from "./tools.ts";

type Wish = Pick<MysqlRequest, "options" | "tables" | "excludedTables" | "skip">;

/** The command that dumps one database. Names come after `--`: none of them is taken for an option. */
export function dumpCommand(
  database: DatabaseState,
  wish: Wish,
  tools: Tools,
  { optionFile, env }: { readonly optionFile: OptionFile; readonly env: Environment },
): Command {
  const ignored = ignoredTables(database, wish).map((name) => `--ignore-table=${database.name}.${name}`);
  const own = tools.family === "mysql" ? mysqlOptions(tools.version) : [];
  return {
    file: tools.dump,
    args: [
      ...[optionFile.argument, ...commonOptions, ...own, ...kindOptions(wish), ...wish.options, ...ignored],
      ...["--", database.name, ...wish.tables],
    ],
    env: baseEnv(env),
  };
}

const commonOptions = [
  "--single-transaction",
  "--quick",
  "--hex-blob",
  "--no-tablespaces", // would need the right PROCESS
  "--default-character-set=utf8mb4",
  "--max-allowed-packet=1G", // the most that the protocol has; the default ends at 24 MiB
];

/** What only MySQL's own tool knows. */
function mysqlOptions(version: string): readonly string[] {
  return [
    // Otherwise the dump sets the server's own history of transactions, and goes back into an empty server only.
    "--set-gtid-purged=OFF",
    // Servers before 8 have none, and 8.0's tool asks for them all the same.
    ...(Number.parseInt(version, 10) >= 8 ? ["--column-statistics=0"] : []),
  ];
}

/** Routines and events belong to the database: where single tables are named they are not meant. */
function kindOptions({ skip, tables }: Wish): readonly string[] {
  const isWhole = tables.length === 0;
  return [
    ...(isWhole && !skip.includes("routines") ? ["--routines"] : []),
    ...(isWhole && !skip.includes("events") ? ["--events"] : []),
    skip.includes("triggers") ? "--skip-triggers" : "--triggers",
  ];
}

function ignoredTables({ tables }: DatabaseState, { skip, excludedTables }: Wish): readonly string[] {
  const views = skip.includes("views") ? tables.filter(({ kind }) => kind === "view").map(({ name }) => name) : [];
  return [...new Set([...excludedTables, ...views])];
}
