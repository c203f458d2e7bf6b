import type { Argv } from "yargs";
import type { EngineFamily } from "../contract/engine.ts";
import { indexSettings, type IndexSettings, type RestoreOptions } from "../dumper/restore/target.ts";
import { UsageError } from "./command.ts";
import type { SnapshotArgs } from "./select-snapshot.ts";

/** How a snapshot is restored. */
export interface RestoreChoices {
  "into-non-empty": boolean;
  "keep-going": boolean;
  "single-transaction": boolean;
  "skip-refresh": boolean;
  "index-settings": IndexSettings;
}

/** Adds the options of {@link RestoreChoices}. */
export function restoreOptions<Args extends SnapshotArgs>(yargs: Argv<Args>): Argv<Args & RestoreChoices> {
  return yargs
    .option("into-non-empty", {
      type: "boolean",
      default: false,
      describe: "Restore also where something is already",
    })
    .option("keep-going", {
      type: "boolean",
      default: false,
      describe: "Go on past what fails, list it, and end with 1",
    })
    .option("single-transaction", {
      type: "boolean",
      default: true,
      describe:
        "PostgreSQL: all of a database in one transaction. --no-single-transaction for one that has more tables or large objects than the server can lock; when that fails, discard the target",
    })
    .option("skip-refresh", {
      type: "boolean",
      default: false,
      describe: "PostgreSQL: leave materialized views empty, and list them",
    })
    .option("index-settings", {
      choices: indexSettings,
      default: "portable" as const,
      describe: "Search engines: without what binds an index to nodes of the old cluster, or all of them",
    });
}

/** Those of a restore's options that are chosen by who restores. */
export type ChosenOptions = Pick<
  RestoreOptions,
  "intoNonEmpty" | "keepGoing" | "singleTransaction" | "refresh" | "indexSettings"
>;

/** What was chosen that means something for one kind of target alone. */
function chosenFor(choices: RestoreChoices): readonly (readonly [option: string, family: EngineFamily])[] {
  return [
    ...(choices["single-transaction"] ? [] : [["--no-single-transaction", "postgresql"] as const]),
    ...(choices["skip-refresh"] ? [["--skip-refresh", "postgresql"] as const] : []),
    ...(choices["index-settings"] === "portable" ? [] : [["--index-settings", "search"] as const]),
  ];
}

/**
 * The choices as the restore takes them.
 * @throws {UsageError} when one was made that means nothing for the target
 */
export function restoreChoices(choices: RestoreChoices, family: EngineFamily): ChosenOptions {
  const [option, meant] = chosenFor(choices).find((chosen) => chosen[1] !== family) ?? [];
  if (option !== undefined) throw new UsageError(`${option} is for ${meant}, and --to names ${family}: leave it out`);
  return {
    intoNonEmpty: choices["into-non-empty"],
    keepGoing: choices["keep-going"],
    singleTransaction: choices["single-transaction"],
    refresh: !choices["skip-refresh"],
    indexSettings: choices["index-settings"],
  };
}
