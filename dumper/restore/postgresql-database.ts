import { RunFailed } from "../failure.ts";
import type { PostgresqlTarget } from "../source/conninfo.ts";
import { withEdges } from "./dump-edges.ts";
import { withoutNewerSettings } from "./older-server.ts";
import { observeTarget, runInTransaction, type TargetState } from "./psql.ts";
import { withoutRestriction } from "./restriction.ts";
import type { RestorableObject, RestoreOptions } from "./target.ts";

/** Asks a database that is to be empty. @throws {RunFailed} when it is not, unless that is allowed */
export async function emptyTarget(
  target: PostgresqlTarget,
  { intoNonEmpty, env, signal }: RestoreOptions,
): Promise<TargetState> {
  const state = await observeTarget(target, env, signal);
  if (state.relations > 0 && !intoNonEmpty) {
    throw new RunFailed(
      "invalid",
      `the database ${JSON.stringify(target.database)} is not empty: it has ${state.relations} tables, views and sequences`,
      { remedy: "restore into an empty database, or add --into-non-empty" },
    );
  }
  return state;
}

/** Restores one dump in one transaction, which is committed after the last stored byte was read and found right. */
export async function restoreDatabase(
  object: RestorableObject,
  target: PostgresqlTarget,
  serverVersion: number,
  { env, signal }: RestoreOptions,
): Promise<void> {
  const unrestricted = withoutRestriction();
  const dump = withEdges(object.content(), {
    head: (text) => withoutNewerSettings(unrestricted.head(text), serverVersion),
    tail: unrestricted.tail,
  });
  await runInTransaction(dump, target, env, signal);
}
