import { readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { text } from "node:stream/consumers";
import type { Environment } from "../../contract/dump-request.ts";
import { version as release } from "../../contract/version.ts";
import { RunFailed } from "../failure.ts";
import { baseEnv } from "../process/command.ts";
import { hasProgram } from "../process/find-program.ts";
import { stdoutOf } from "../process/stdout.ts";
import { libpqFailed } from "./libpq-failure.ts";

/** Debian's and PostgreSQL's own packages of each major: `<here>/16/bin`. */
const packagedClients = "/usr/lib/postgresql";

/** PostgreSQL's client programs of one version. */
export interface PostgresqlClients {
  readonly directory: string;
  /** `16.14`. */
  readonly version: string;
  readonly major: number;
}

/**
 * All that have the program: those on the PATH first, then those of packages that are not on it.
 * @throws {RunFailed} when there are none
 */
export async function findClients(
  program: "pg_dump" | "psql",
  env: Environment,
  signal: AbortSignal,
): Promise<readonly [PostgresqlClients, ...PostgresqlClients[]]> {
  const directories = new Set([...(env["PATH"] ?? "").split(delimiter), ...packagedDirectories()]);
  const having = [...directories].filter((directory) => directory !== "" && hasProgram(program, { PATH: directory }));
  const found = await Promise.all(having.map((directory) => clientsIn(directory, program, env, signal)));
  const [first, ...others] = found.filter((clients) => clients !== null);
  if (first === undefined) {
    const remedy = "install PostgreSQL's client programs, not older than the server";
    throw new RunFailed("source", `there is no ${program} that works`, { remedy });
  }
  return [first, ...others];
}

function packagedDirectories(): readonly string[] {
  try {
    return readdirSync(packagedClients).map((major) => join(packagedClients, major, "bin"));
  } catch {
    return []; // ENOENT: not a Debian, or no such package
  }
}

/** Null for what does not tell a version: it would not dump either. */
async function clientsIn(
  directory: string,
  program: string,
  env: Environment,
  signal: AbortSignal,
): Promise<PostgresqlClients | null> {
  const command = { file: program, args: ["--version"], env: { ...baseEnv(env), PATH: directory } };
  try {
    const told = await text(stdoutOf(command, (exit) => libpqFailed(exit, null), signal));
    const [version, major] = /(\d+)(\.\d+)*/.exec(told) ?? [];
    return version === undefined ? null : { directory, version, major: Number(major) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof RunFailed) return null;
    throw error;
  }
}

/** The first of the newest major. */
export function newestClients(found: readonly [PostgresqlClients, ...PostgresqlClients[]]): PostgresqlClients {
  return found.reduce((best, clients) => (clients.major > best.major ? clients : best));
}

/**
 * The clients to dump a server with: its own major's, whose dumps go back into it as they are; else the next newer ones
 * there are. An option that only a later pg_dump knows asks for that. Null when all are older than the server, which
 * pg_dump refuses.
 */
export function clientsFor(
  found: readonly PostgresqlClients[],
  serverMajor: number,
  options: readonly string[],
): PostgresqlClients | null {
  const least = Math.max(serverMajor, ...options.map((option) => optionsSince[option.split("=")[0] ?? ""] ?? 0));
  const fitting = found.filter(({ major }) => major >= serverMajor);
  const knowing = fitting.filter(({ major }) => major >= least);
  // Where none knows the option, pg_dump itself names it.
  const [first, ...others] = knowing.length > 0 ? knowing : fitting;
  return first === undefined
    ? null
    : others.reduce((best, clients) => (clients.major < best.major ? clients : best), first);
}

/** The first pg_dump that knows an option, of those that PG_DUMP_OPTIONS takes and that came after 13. */
const optionsSince: Readonly<Record<string, number>> = {
  "--extension": 14,
  "--no-toast-compression": 14,
  "--no-table-access-method": 15,
  "--exclude-table-and-children": 16,
  "--exclude-table-data-and-children": 16,
  "--large-objects": 16,
  "--no-large-objects": 16,
  "--table-and-children": 16,
  "--exclude-extension": 17,
};

/** Why none of the clients can dump the server, and what to do. */
export function clientsTooOld(found: readonly [PostgresqlClients, ...PostgresqlClients[]], server: string): string {
  const major = Number.parseInt(server, 10);
  return (
    `pg_dump ${newestClients(found).version} is older than the server, ${server}, and refuses it. ` +
    `Use the image ksnapshot/dumper-postgresql:${release}, which has pg_dump 13 to 18, or install the client programs of PostgreSQL ${major}.`
  );
}

/** The environment in which these programs are the ones that are found. */
export function withClients({ directory }: PostgresqlClients, env: Environment): Environment {
  return { ...env, PATH: `${directory}${delimiter}${baseEnv(env)["PATH"] ?? ""}` };
}
