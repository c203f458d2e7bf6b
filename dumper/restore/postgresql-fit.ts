import { shellQuoted } from "../../contract/shell-quoted.ts";
import { RunFailed } from "../failure.ts";
import type { DatabaseFacts } from "../sink/snapshot-manifest.ts";
import type { TargetState } from "./postgresql-state.ts";
import type { RestoreOptions } from "./target.ts";

/** Beside those of the objects: of the catalogs that are written to. */
const furtherLocks = 50;

/**
 * Compares a database that was dumped with the one that is to take it, before the first byte, and gives what will be
 * different.
 * @throws {RunFailed} when it cannot take it
 */
export function notesOnFit(
  facts: DatabaseFacts,
  state: TargetState,
  name: string,
  options: Pick<RestoreOptions, "singleTransaction" | "keepGoing">,
): readonly string[] {
  if (options.singleTransaction && !options.keepGoing) requireLocks(facts, state);
  const { encoding, collate, ctype } = facts;
  const was = localeText(facts.provider, facts.locale, `${collate}, ${ctype}`);
  const is = localeText(state.provider, state.providerLocale, state.locale);
  if (!mayHold(encoding, state.encoding)) {
    throw new RunFailed(
      "invalid",
      `the database was of encoding ${encoding}, and ${JSON.stringify(name)} is of ${state.encoding}, which does not have all of its characters`,
      {
        remedy: `make it anew: createdb --template=template0 --encoding=${shellQuoted(encoding)} --lc-collate=${shellQuoted(collate)} --lc-ctype=${shellQuoted(ctype)}`,
      },
    );
  }
  return [
    ...(encoding !== state.encoding && [encoding, state.encoding].includes("SQL_ASCII")
      ? [
          `the database was of encoding ${encoding}, and ${JSON.stringify(name)} is of ${state.encoding}: bytes are taken as they are`,
        ]
      : []),
    ...(was === is
      ? []
      : [
          `the database was of the locale ${was}, and ${JSON.stringify(name)} is of ${is}: text may be sorted otherwise`,
        ]),
  ];
}

/** With another provider than libc LC_COLLATE and LC_CTYPE remain, and sort nothing. */
function localeText(provider: DatabaseFacts["provider"], ofProvider: string | null, ofLibc: string): string {
  return provider === "libc"
    ? ofLibc
    : `${ofProvider ?? ""} of ${{ icu: "ICU", builtin: "PostgreSQL's own" }[provider]}, ${ofLibc}`;
}

/** https://www.postgresql.org/docs/current/runtime-config-locks.html */
function requireLocks({ objects }: DatabaseFacts, { locksPerTransaction, sessions }: TargetState): void {
  const needed = objects + furtherLocks;
  const has = locksPerTransaction * sessions;
  if (needed <= has) return;
  throw new RunFailed(
    "invalid",
    `to restore ${objects} tables, indexes, sequences and large objects in one transaction takes ${needed} locks, and the target is sure to have ${has} (max_locks_per_transaction ${locksPerTransaction}, times ${sessions} sessions)`,
    {
      remedy: `set max_locks_per_transaction = ${Math.ceil(needed / sessions)} in the target and restart it, or restore in several transactions: --no-single-transaction`,
    },
  );
}

/** Every encoding but two has a conversion to UTF8; SQL_ASCII takes and gives bytes as they are. */
function mayHold(from: string, to: string): boolean {
  return from === to || from === "SQL_ASCII" || to === "SQL_ASCII" || (to === "UTF8" && from !== "MULE_INTERNAL");
}
