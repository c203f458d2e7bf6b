import type { Environment } from "../../contract/dump-request.ts";
import { RunFailed } from "../failure.ts";
import type { PostgresqlTarget } from "../source/conninfo.ts";
import { dumpContent, type Reading } from "./content.ts";
import { withoutNewerSettings } from "./older-server.ts";
import { observeTarget, runInTransaction } from "./psql.ts";

export interface RestoreOptions {
  readonly target: PostgresqlTarget;
  /** Restore also when the target already has tables. Default: it is refused. */
  readonly intoNonEmpty: boolean;
  /** Where psql and .pgpass are found. */
  readonly env: Environment;
}

/**
 * Restores one object into a database, in one transaction: all of it, or nothing. It is committed after the last stored
 * byte was read, the hash compared and the dump's end mark seen.
 * @throws {RunFailed}
 */
export async function restorePostgresql(
  reading: Reading,
  { target, intoNonEmpty, env }: RestoreOptions,
): Promise<void> {
  const { object, signal } = reading;
  if (object.encrypted && reading.identities.length === 0) {
    throw new RunFailed("encryption", `${object.key} is encrypted`, {
      remedy: "give an identity by --identity <file>",
    });
  }
  const { relations, serverVersion } = await observeTarget(target, env, signal);
  if (relations > 0 && !intoNonEmpty) {
    throw new RunFailed(
      "invalid",
      `the database ${JSON.stringify(target.database)} is not empty: it has ${relations} tables, views and sequences`,
      {
        remedy: "restore into an empty database, or add --into-non-empty",
      },
    );
  }
  await runInTransaction(withoutNewerSettings(dumpContent(reading), serverVersion), target, env, signal);
}
