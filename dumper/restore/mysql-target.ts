import type { Reading } from "../../contract/diagnostic.ts";
import { databaseName, either } from "../../contract/field-reader.ts";
import { mysqlSslModes } from "../../contract/mysql-request.ts";
import { messageOf, RunFailed } from "../failure.ts";
import { identifier } from "../source/mysql/grants.ts";
import type { Family, MysqlTarget } from "../source/mysql/connection.ts";
import { creationOf, hasEndingsInComments, hasSameNames } from "../source/mysql/report.ts";
import { refuseOtherEndOfTime } from "./mysql-history.ts";
import { openMysqlServer, type MysqlServer } from "./mysql-server.ts";
import { mended } from "./mysql-statements.ts";
import { withoutViews } from "./mysql-views.ts";
import { nothingToReport, type RestoreReport } from "./report.ts";
import { decoded, hostOf } from "./target-url.ts";
import { type Restorable, type RestorableObject, type RestoreOptions, type RestoreTarget } from "./target.ts";

const form = "mysql://<user>@<host>[:<port>][/<database>][?ssl-mode=<mode>&ssl-ca=<file>]";
const parameters = ["ssl-mode", "ssl-ca"];

/** Where a dump goes: to a server, and into one database of it or into those that were dumped. */
export interface MysqlDestination extends MysqlTarget {
  /** Which product's client is tried first. */
  readonly family: Family;
  /** Null: each database of the snapshot goes back under its own name. */
  readonly database: string | null;
}

/** Reads `mysql://user@host:port/database` (or `mariadb://`). */
export function mysqlTarget(url: URL): Reading<RestoreTarget> {
  const reading = parseMysqlTarget(url);
  if ("problem" in reading) return reading;
  const target = reading.value;
  return {
    value: {
      family: "mysql",
      account: `${target.username} at ${target.host}`,
      passwordVariable: "MYSQL_PWD",
      restore: (snapshot, options) => restore(snapshot, { ...target, password: options.password }, options),
    },
  };
}

export function parseMysqlTarget(url: URL): Reading<MysqlDestination> {
  const username = decoded(url.username);
  const path = decoded(url.pathname.slice(1));
  const host = hostOf(url);
  if (!host || !username || path === null) {
    return { problem: `The target names no ${!host ? "host" : !username ? "user" : "database"}; its form is ${form}.` };
  }
  const database = path === "" ? { value: null } : databaseName(path);
  if ("problem" in database) return database;
  const unknown = [...url.searchParams.keys()].find((name) => !parameters.includes(name));
  if (unknown !== undefined) {
    return { problem: `The target's parameter ${JSON.stringify(unknown)} is not ${either(parameters)}.` };
  }
  const given = url.searchParams.get("ssl-mode") ?? "preferred";
  const sslMode = mysqlSslModes.find((mode) => mode === given.toLowerCase());
  if (sslMode === undefined) {
    return { problem: `The target's ssl-mode ${JSON.stringify(given)} is not ${either(mysqlSslModes)}.` };
  }
  return {
    value: {
      family: url.protocol === "mariadb:" ? "mariadb" : "mysql",
      ...{ host, username, sslMode },
      port: url.port === "" ? 3306 : Number(url.port),
      password: null,
      database: database.value,
      caFile: url.searchParams.get("ssl-ca"),
    },
  };
}

async function restore(
  snapshot: Restorable,
  target: MysqlDestination,
  options: RestoreOptions,
): Promise<RestoreReport> {
  const { env, signal, intoNonEmpty, keepGoing } = options;
  const moves = movesOf(snapshot, target);
  const server = await openMysqlServer(target, env, signal);
  try {
    const used = intoNonEmpty ? [] : await server.usedOf(moves.map(({ database }) => database));
    if (used.length > 0) {
      const problem = `not empty: ${used.map(({ name, objects }) => `${JSON.stringify(name)} has ${objects} tables, views and routines`).join(", ")}`;
      throw new RunFailed("invalid", problem, { remedy: "restore into an empty database, or add --into-non-empty" });
    }
    const names = moves.map(({ object }) => object.stored.name);
    const { version, tellsCase } = await server.traits();
    refuseOtherEndOfTime(snapshot.manifest, names, version);
    if (!tellsCase) refuseSameNames(snapshot.manifest.notes, names);
    return { ...nothingToReport, failed: await restoreAll(moves, snapshot, server, keepGoing) };
  } finally {
    await server.close();
  }
}

/** @throws {RunFailed} when a server that does not tell case apart would make one table or database of two, and keep the last */
function refuseSameNames(notes: readonly string[], names: readonly string[]): void {
  const same = names.filter(
    (name, index) =>
      hasSameNames(notes, name) ||
      names.some((one, other) => other !== index && one.toLowerCase() === name.toLowerCase()),
  );
  if (same.length === 0) return;
  const quoted = same.map((name) => JSON.stringify(name)).join(", ");
  throw new RunFailed(
    "invalid",
    `names differ by case alone in or of ${quoted}, and the server has lower_case_table_names on`,
    {
      remedy: "restore into a server with lower_case_table_names=0: of two of a name this one would keep the last",
    },
  );
}

interface Move {
  readonly object: RestorableObject;
  readonly database: string;
}

/** @throws {RunFailed} when several databases would go into one */
function movesOf({ objects }: Restorable, { database }: MysqlDestination): readonly Move[] {
  if (database !== null && objects.length > 1) {
    const keys = objects.map(({ stored }) => stored.key).join(", ");
    throw new RunFailed("invalid", "the snapshot has several databases, and --to names one", {
      remedy: `leave the database out of --to, or give the key of one: ${keys}`,
    });
  }
  return objects.map((object) => ({ object, database: database ?? object.stored.name }));
}

/**
 * A view may need another database: where there are several, all views are made when all databases are there.
 * @returns what failed and was passed over
 */
async function restoreAll(
  moves: readonly Move[],
  { manifest }: Restorable,
  server: MysqlServer,
  keepGoing: boolean,
): Promise<readonly string[]> {
  const failed: string[] = [];
  const run = async (database: string, script: AsyncIterable<Buffer>): Promise<void> => {
    if (!keepGoing) return server.run(database, script);
    const errors = await server.runThrough(database, script);
    failed.push(...errors.map((error) => `${JSON.stringify(database)}: ${error}`));
  };
  const views: { readonly database: string; readonly definitions: Buffer }[] = [];
  for (const { object, database } of moves) {
    await server.create(database, creationOf(manifest.notes, object.stored.name));
    const keep = (definitions: Buffer) => views.push({ database, definitions });
    const isMended = hasEndingsInComments(manifest.notes, object.stored.name);
    const dump = object.content();
    const content = moves.length > 1 ? withoutViews(dump, isMended, keep) : isMended ? mended(dump) : dump;
    await orDiscard(database, run(database, content));
  }
  for (const { database, definitions } of views) {
    if (definitions.length > 0) await orDiscard(database, run(database, oneChunk(definitions)));
  }
  return failed;
}

// eslint-disable-next-line @typescript-eslint/require-await -- a generator, because that is what a child is fed from
async function* oneChunk(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/** There is no transaction to put it in: each statement that makes a table ends the one before. */
async function orDiscard(database: string, restoring: Promise<void>): Promise<void> {
  try {
    await restoring;
  } catch (error) {
    if (!(error instanceof RunFailed)) throw error;
    throw new RunFailed(error.code, messageOf(error), {
      remedy: `what is in the target now is not whole: discard it by DROP DATABASE ${identifier(database)}`,
      cause: error,
    });
  }
}
