import type { Environment } from "../../../contract/dump-request.ts";
import type { MysqlRequest } from "../../../contract/mysql-request.ts";
import { baseEnv, type Command } from "../../process/command.ts";
import { initCommand } from "./client.ts";
import type { OptionFile } from "./option-file.ts";
import { isMeant } from "./scope.ts";
import type { DatabaseState } from "./server-state.ts";
import type { Tools } from "./tools.ts";

type Wish = Pick<MysqlRequest, "options" | "tables" | "excludedTables" | "skip">;

/** How the tool reaches the server, and what its session is to have, as `SET` takes it. */
interface Connection {
  readonly optionFile: OptionFile;
  readonly env: Environment;
  readonly session: readonly string[];
}

/** The command that dumps one database. Names come after `--`: none of them is taken for an option. */
export function dumpCommand(
  database: DatabaseState,
  wish: Wish,
  tools: Tools,
  { optionFile, env, session }: Connection,
): Command {
  const ignored = ignoredTables(database, wish).map((name) => `--ignore-table=${database.name}.${name}`);
  const own = ownOptions(session).filter((option) => tools.options.has(option.split("=", 1)[0] ?? ""));
  return {
    file: tools.dump,
    args: [
      ...[optionFile.argument, ...commonOptions, ...own, ...kindOptions(wish), ...tableOptions(database, wish, tools)],
      ...[...wish.options, ...ignored],
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

/** What not every tool knows, and none of another make. */
function ownOptions(session: readonly string[]): readonly string[] {
  return [
    // Otherwise the dump sets the server's own history of transactions, and goes back into an empty server only.
    "--set-gtid-purged=OFF",
    // Servers before 8 have none, and 8.0's tool asks for them all the same.
    "--column-statistics=0",
    initCommand(session),
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

/** What MariaDB's tables need that other servers do not have. */
function tableOptions(database: DatabaseState, wish: Wish, tools: Tools): readonly string[] {
  return [
    // A table that takes its values from a sequence cannot be filled under the lock of the table alone.
    ...(database.tables.some(({ kind }) => kind === "sequence") ? ["--skip-add-locks"] : []),
    ...(hasHistory(database, wish, tools) ? ["--dump-history"] : []),
  ];
}

/**
 * Whether the rows that were before, which MariaDB's versioned tables keep, are in the dump. The tool can dump them since 10.11, but of no
 * table of a database in which one keeps them by transactions.
 */
export function hasHistory(
  { tables }: DatabaseState,
  wish: Pick<Wish, "tables" | "excludedTables">,
  { options }: Pick<Tools, "options">,
): boolean {
  const meant = tables.filter(({ name }) => isMeant(wish, name));
  return (
    options.has("--dump-history") &&
    meant.some(({ isVersioned }) => isVersioned) &&
    !meant.some(({ isTransactionPrecise }) => isTransactionPrecise)
  );
}

function ignoredTables({ tables }: DatabaseState, { skip, excludedTables }: Wish): readonly string[] {
  const views = skip.includes("views") ? tables.filter(({ kind }) => kind === "view").map(({ name }) => name) : [];
  return [...new Set([...excludedTables, ...views])];
}
