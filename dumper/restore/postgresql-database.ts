import { messageOf, RunFailed } from "../failure.ts";
import type { PostgresqlTarget } from "../source/conninfo.ts";
import type { Settings } from "../source/postgresql-session.ts";
import { withEdges } from "./dump-edges.ts";
import { inOneTransaction, inSeveralTransactions, passingOver, without } from "./dump-script.ts";
import { piecesOf } from "./dump-statements.ts";
import { withoutTransactions } from "./large-objects.ts";
import { withoutNewerSettings } from "./older-server.ts";
import { notesOnFit } from "./postgresql-fit.ts";
import { refuseOccupied } from "./postgresql-occupied.ts";
import { observeTarget, requireOwnSession, type TargetState } from "./postgresql-state.ts";
import type { PsqlErrors } from "./psql-errors.ts";
import { errorText, runInTransaction, runScript, type ScriptOptions } from "./psql.ts";
import type { RestoreReport } from "./report.ts";
import { withoutRestriction } from "./restriction.ts";
import type { RestorableObject, RestoreOptions } from "./target.ts";

/** A database that may take a dump. */
export interface FitTarget {
  readonly state: TargetState;
  /** What will be otherwise than in the database that was dumped. */
  readonly notes: readonly string[];
}

/** Asks a database that is to be empty. @throws {RunFailed} when it is not, unless that is allowed, or cannot take the dump */
export async function emptyTarget(
  { stored }: RestorableObject,
  target: PostgresqlTarget,
  options: RestoreOptions,
): Promise<FitTarget> {
  const { env, signal } = options;
  const state = await observeTarget(target, env, signal);
  await requireOwnSession(target, env, signal);
  refuseOccupied(target.database, state.occupants, options);
  const facts = stored.database;
  return { state, notes: facts === undefined ? [] : notesOnFit(facts, state, target.database, options) };
}

/**
 * Restores one dump: in one transaction, which is committed after the last stored byte was read and found right, unless the
 * options say otherwise.
 * @throws {RunFailed} that says what the target is like
 */
export async function restoreDatabase(
  object: RestorableObject,
  target: PostgresqlTarget,
  { state, notes }: FitTarget,
  { env, signal, singleTransaction, keepGoing, refresh }: RestoreOptions,
): Promise<RestoreReport> {
  const unrestricted = withoutRestriction();
  const dump = withEdges(object.content(), {
    head: (text) => withoutNewerSettings(unrestricted.head(text), state.serverVersion),
    tail: unrestricted.tail,
  });
  const leftOut: string[] = [];
  const pieces = without(
    {
      refreshes: !refresh,
      commentsOnExtensions: state.othersExtensions,
      grantsOn: new Set(state.othersMembers),
      told: (what) => leftOut.push(what),
    },
    withoutTransactions(piecesOf(dump)),
  );
  const script: ScriptOptions = { env, signal, keepGoing, settings: settingsFor(object) };
  try {
    if (singleTransaction && !keepGoing) {
      const said = await runInTransaction(inOneTransaction(pieces), target, script);
      return { notes: [...notes, ...leftOut, ...privilegeNotes(said, state)], failed: [] };
    }
    const errors = await runScript(
      (session) => (keepGoing ? passingOver(pieces, session) : inSeveralTransactions(pieces)),
      target,
      script,
    );
    return { notes: [...notes, ...leftOut, ...privilegeNotes(errors, state)], failed: failures(errors) };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof RunFailed)) throw error;
    const like =
      singleTransaction && !keepGoing
        ? "the database is as it was"
        : "discard the database: it has what was restored up to there, and was not one transaction";
    throw new RunFailed(error.code, messageOf(error), {
      remedy: like,
      cause: error,
      isPasswordMissing: error.isPasswordMissing,
    });
  }
}

/** What a trusted extension brings is a superuser's, also where the restore has made it: nobody else may say who may use it. */
function privilegeNotes({ privileges }: PsqlErrors, { serverVersion }: TargetState): readonly string[] {
  // Until 15 the schema public was the first superuser's, and a dump says again what it is by default there.
  const isDefault = (said: string) => serverVersion < 150_000 && said.endsWith('"public"');
  return privileges
    .filter((said) => !isDefault(said))
    .map((said) => `privileges are not as they were, which only another role can change: ${said}`);
}

/** Money is written and read as `lc_monetary` has it: `$1,234.50`, `1.234,50 €`. */
function settingsFor({ stored }: RestorableObject): Settings {
  const monetary = stored.database?.lcMonetary ?? null;
  return monetary === null ? {} : { lc_monetary: monetary };
}

/** "Current transaction is aborted": what only follows from what failed before it is no failure of its own. */
const inFailedTransaction = "25P02";

export function failures({ errors, count }: PsqlErrors): readonly string[] {
  const told = errors.filter(({ sqlstate }) => sqlstate !== inFailedTransaction).map(errorText);
  return count > errors.length ? [...told, `and ${count - errors.length} more`] : told;
}
