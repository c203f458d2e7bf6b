//   roles, tablespaces, databases ─▶ each database in a transaction of its own ─▶ the next
//
// CREATE DATABASE takes no part in a transaction, and no transaction spans two databases: what was restored before
// something fails stays, and is named.
import { messageOf, RunFailed } from "../failure.ts";
import type { PostgresqlTarget } from "../source/conninfo.ts";
import { globalsName } from "../source/postgresql-globals.ts";
import { missingGlobals } from "./globals-script.ts";
import { emptyTarget, failures, restoreDatabase } from "./postgresql-database.ts";
import { observeTarget, type TargetState } from "./postgresql-state.ts";
import { runScript } from "./psql.ts";
import type { RestoreReport } from "./report.ts";
import type { Restorable, RestorableObject, RestoreOptions } from "./target.ts";

/** Where the server itself is asked and changed: the one database that every server has. */
const maintenanceDatabase = "postgres";

/** Whether the object is not a database's: a snapshot of one database has no such object, whatever that is called. */
export function isGlobals({ stored }: RestorableObject, { manifest }: Restorable): boolean {
  return stored.name === globalsName && manifest.objects.length > 1;
}

/**
 * Restores every object into the database of its name, after what they share. Nothing is changed before the server is seen
 * to have nothing in these databases, and to be able to take them.
 * @throws {RunFailed} that names the databases that were restored before
 */
export async function restoreServer(
  snapshot: Restorable,
  server: Omit<PostgresqlTarget, "database">,
  options: RestoreOptions,
): Promise<RestoreReport> {
  const { env, signal, keepGoing } = options;
  const globals = snapshot.objects.find((object) => isGlobals(object, snapshot));
  const databases = snapshot.objects.filter((object) => object !== globals);
  const maintenance = { ...server, database: maintenanceDatabase };
  const state = await observeTarget(maintenance, env, signal);
  await checkDatabases(databases, globals !== undefined, state, server, options);

  const restored: string[] = [];
  const notes: string[] = [];
  const failed: string[] = [];
  try {
    if (globals !== undefined) {
      const errors = await runScript(() => globalsScript(globals, state), maintenance, { env, signal, keepGoing });
      failed.push(...failures(errors));
    }
    for (const object of databases) {
      const { name } = object.stored;
      const report = await restoreOneOf(object, { ...server, database: name }, options);
      notes.push(...report.notes.map((note) => `${quoted(name)}: ${note}`));
      failed.push(...report.failed.map((what) => `${quoted(name)}: ${what}`));
      restored.push(name);
    }
    return { notes, failed };
  } catch (error) {
    if (!(error instanceof RunFailed)) throw error;
    const done = restored.length === 0 ? "no database" : `the databases ${restored.map(quoted).join(", ")}`;
    const remedy = `discard the target: of the snapshot it has ${done}, and perhaps roles and empty databases`;
    throw new RunFailed(error.code, messageOf(error), { remedy, cause: error });
  }
}

/** It exists by now, and was empty, or may have something in it. */
async function restoreOneOf(
  object: RestorableObject,
  target: PostgresqlTarget,
  options: RestoreOptions,
): Promise<RestoreReport> {
  try {
    return await restoreDatabase(object, target, await emptyTarget(object, target, options), options);
  } catch (error) {
    options.signal.throwIfAborted();
    // A database that could not be made cannot be reached. What is damaged ends all.
    if (!options.keepGoing || !(error instanceof RunFailed) || error.code !== "source") throw error;
    return { notes: [], failed: [messageOf(error)] };
  }
}

/** @throws {RunFailed} when a database is missing and nothing makes it, or is not empty */
async function checkDatabases(
  databases: readonly RestorableObject[],
  hasGlobals: boolean,
  { databases: existing }: TargetState,
  server: Omit<PostgresqlTarget, "database">,
  options: RestoreOptions,
): Promise<void> {
  const names = databases.map(({ stored }) => stored.name);
  const missing = names.filter((name) => !existing.includes(name));
  if (missing.length > 0 && !hasGlobals) {
    throw new RunFailed("invalid", `the server has no database ${missing.map(quoted).join(", ")}`, {
      remedy: "create it first: createdb",
    });
  }
  for (const object of databases.filter(({ stored }) => existing.includes(stored.name))) {
    await emptyTarget(object, { ...server, database: object.stored.name }, options);
  }
}

/** Nothing of it is given before all of it was read and found right: it is small, and its statements take effect at once. */
async function* globalsScript(globals: RestorableObject, state: TargetState): AsyncGenerator<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of globals.content()) chunks.push(Buffer.from(chunk));
  for (const statement of missingGlobals(Buffer.concat(chunks).toString("utf8"), state)) {
    yield Buffer.from(`${statement};\n`);
  }
}

function quoted(name: string): string {
  return JSON.stringify(name);
}
