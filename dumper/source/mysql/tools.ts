import { text } from "node:stream/consumers";
import type { Environment } from "../../../contract/dump-request.ts";
import { RunFailed } from "../../failure.ts";
import { describeExit, type Exit } from "../../process/child.ts";
import { baseEnv } from "../../process/command.ts";
import { hasProgram } from "../../process/find-program.ts";
import { stdoutOf } from "../../process/stdout.ts";
import type { Family } from "./connection.ts";

/** A dump tool with the client of the same make. */
export interface Tools {
  readonly family: Family;
  readonly dump: "mysqldump" | "mariadb-dump";
  readonly client: "mysql" | "mariadb";
  /** `9.7.4`. */
  readonly version: string;
  /** The dump tool's options, without what they may be set to. */
  readonly options: ReadonlySet<string>;
}

const pairs = [
  { dump: "mariadb-dump", client: "mariadb" },
  { dump: "mysqldump", client: "mysql" },
] as const;

/** The tools that are here. Which make a `mysqldump` is, only it tells: Debian's is MariaDB's. */
export async function findTools(env: Environment, signal: AbortSignal): Promise<readonly Tools[]> {
  const here = pairs.filter(({ dump, client }) => hasProgram(dump, env) && hasProgram(client, env));
  return Promise.all(here.map(async (pair) => ({ ...pair, ...readHelp(await helpOf(pair.dump, env, signal)) })));
}

/** Reads what `mysqldump --help` prints. */
export function readHelp(printed: string): Pick<Tools, "family" | "version" | "options"> {
  const [first = ""] = printed.split("\n");
  const mariadb = /(\d+\.\d+\.\d+)-MariaDB/.exec(first)?.[1];
  const version = mariadb ?? /Distrib (\d+\.\d+\.\d+)/.exec(first)?.[1] ?? /Ver (\d+\.\d+\.\d+)/.exec(first)?.[1];
  return {
    family: mariadb === undefined ? "mysql" : "mariadb",
    version: version ?? "0",
    options: new Set([...printed.matchAll(/^ +(?:-\w, )?(--[\w-]+)/gm)].map(([, option = ""]) => option)),
  };
}

/** Those to ask a server with. @throws {RunFailed} when there are none */
export function toolsToAsk(tools: readonly Tools[], family: Family): Tools {
  const found = tools.find((one) => one.family === family) ?? tools[0];
  if (found === undefined) {
    const [dump, client] = family === "mysql" ? ["mysqldump", "mysql"] : ["mariadb-dump", "mariadb"];
    throw new RunFailed("source", `${dump} and ${client} are not installed`, { remedy: imageToUse(family) });
  }
  return found;
}

/**
 * Those to dump a server of that family with. MariaDB's dump begins with a line that MySQL's client refuses, and its tool
 * knows only what the two servers have in common: a MySQL server takes its own.
 * @throws {RunFailed} when there are none
 */
export function toolsToDump(tools: readonly Tools[], server: Family): Tools {
  const own = tools.find(({ family }) => family === server);
  const found = own ?? (server === "mariadb" ? tools[0] : undefined);
  if (found !== undefined) return found;
  throw new RunFailed("source", "the server is MySQL, and the dump tool here is MariaDB's", {
    remedy: imageToUse("mysql"),
  });
}

/** What to do when the tools cannot do it. */
export function imageToUse(family: Family): string {
  const programs = family === "mysql" ? "MySQL's client programs" : "MariaDB's client programs";
  return `use the image ksnapshot/dumper-${family}, or install ${programs}`;
}

async function helpOf(file: string, env: Environment, signal: AbortSignal): Promise<string> {
  const command = { file, args: ["--no-defaults", "--help"], env: baseEnv(env) };
  const failed = (exit: Exit) => new RunFailed("source", describeExit(exit), { remedy: "install it anew" });
  return text(stdoutOf(command, failed, signal));
}
