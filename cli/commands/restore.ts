import { cliExitCode } from "../../contract/exit-code.ts";
import type { EngineFamily } from "../../contract/engine.ts";
import { printable } from "../../contract/printable.ts";
import { Progress } from "../../dumper/progress.ts";
import type { RestoreReport } from "../../dumper/restore/report.ts";
import { restoreSnapshot } from "../../dumper/restore/restore.ts";
import type { Selection } from "../../dumper/restore/snapshots.ts";
import { parseTarget } from "../../dumper/restore/target.ts";
import { openStorage } from "../../dumper/sink/object-storage.ts";
import { leftOutText, notesText } from "../caveats.ts";
import { type Command, type Terminal, UsageError } from "../command.ts";
import { signalExitCodes, tellingFailures } from "../failures.ts";
import { identityOption, readIdentities } from "../identity-option.ts";
import { readNoProgressTimeout } from "../no-progress.ts";
import { withPassword } from "../password.ts";
import { showProgress } from "../progress.ts";
import { type ChosenOptions, restoreChoices, type RestoreChoices, restoreOptions } from "../restore-options.ts";
import { selectSnapshot, type SnapshotArgs, snapshotArguments, snapshotReference } from "../select-snapshot.ts";
import { parseStorageArgs, storageOptions } from "../storage-options.ts";
import { durationText, sizeText } from "../text.ts";

interface RestoreArgs extends SnapshotArgs, RestoreChoices {
  to: string;
  identity: string | undefined;
}

/** `ksnapshot restore`: a snapshot, or one object of it, into a server. */
export const restoreCommand: Command<RestoreArgs> = {
  command: "restore <snapshot>",
  describe: "Restore a snapshot into an empty database, streaming and without a disk",
  options: (yargs) =>
    restoreOptions(snapshotArguments(storageOptions(yargs)))
      .option("to", {
        type: "string",
        demandOption: true,
        describe:
          "Where to, without a password: postgres://<user>@<host>[:<port>][/<database>], mysql://…, or http(s)://… of a search engine",
      })
      .option("identity", identityOption)
      .example(
        "$0 restore shop/db --storage s3://my-snapshots --to postgres://shop@localhost/shop",
        "The newest of a workload",
      )
      .example("$0 restore shop/db@2026-01-31T03:00 …", "The newest at or before that minute, in UTC")
      .epilogue(
        `The password is taken from the variable of the engine's own client (PGPASSWORD, MYSQL_PWD…), or asked for on a terminal; never from the command line. PostgreSQL: a database is one transaction, committed after the stored hash was found right; otherwise it stays as it was. Without a database in --to, all of a server is restored, roles first and then each database in a transaction of its own: when one fails, those before it stay, are named, and the server is to be discarded. The other engines have no such transaction: when restore fails, discard the target.\n\nExit codes: 0 restored, 1 failed, or something was passed over (--keep-going), 2 usage, ${signalExitCodes}.`,
      ),
  run: (args, terminal) =>
    tellingFailures(async () => {
      const reference = snapshotReference(args);
      const target = parseTarget(args.to);
      if ("problem" in target) throw new UsageError(`--to: ${target.problem}`);
      const choices = restoreChoices(args, target.value.family);
      const noProgressTimeoutMs = readNoProgressTimeout(terminal.env);
      const identities = await readIdentities(args.identity);
      const storage = await openStorage(parseStorageArgs(args, terminal.env));
      try {
        const selection = await selectSnapshot(storage, reference, { ...args, identities }, terminal);
        if (selection.isForeign && new URL(args.to).pathname.length <= 1) {
          throw new UsageError("--to: name the database: an object of another tool does not say which one it is of");
        }
        const report = await told(selection, terminal, () =>
          withPassword(target.value, terminal, async (password) => {
            const progress = new Progress();
            const hide = showProgress(progress, bytesOf(selection), terminal);
            const from = { storage, identities, progress, noProgressTimeoutMs };
            const { env, signal } = terminal;
            const restoring = restoreSnapshot(selection, target.value, from, { ...choices, password, env, signal });
            return restoring.finally(hide).catch((error: unknown) => {
              if (signal.aborted) terminal.err(whatIsLeft(target.value.family, choices));
              throw error;
            });
          }),
        );
        return report.failed.length === 0 ? cliExitCode.well : cliExitCode.notWell;
      } finally {
        storage.close();
      }
    }),
};

async function told(
  { manifest, objects }: Selection,
  terminal: Terminal,
  restore: () => Promise<RestoreReport>,
): Promise<RestoreReport> {
  const startedAt = performance.now();
  const report = await restore();
  const took = durationText((performance.now() - startedAt) / 1000);
  const { length } = report.failed;
  terminal.err(report.failed.map((what) => `failed and passed over: ${printable(what)}\n`).join(""));
  const restored = length === 0 ? "Restored" : "Restored in part";
  terminal.out(objects.map(({ key, dumpBytes }) => `${restored} ${printable(key)}: ${sizeText(dumpBytes)}\n`).join(""));
  if (length > 0) terminal.out(`Not all is restored: ${linesText(length)} on stderr what failed and was passed over\n`);
  terminal.out(`Took ${took}\n`);
  terminal.err(`${notesText(report.notes)}${leftOutText(manifest.skipped)}`);
  return report;
}

/** Of a target whose restore was given up in the middle. */
function whatIsLeft(family: EngineFamily, { singleTransaction, keepGoing }: ChosenOptions): string {
  return family === "postgresql" && singleTransaction && !keepGoing
    ? "The database is as it was; of a whole server, the databases restored before it stay: discard the server.\n"
    : "The target may hold a part of the snapshot: discard it before the next attempt.\n";
}

/** Of many failures the last line says how many more there are: lines are what can be counted. */
function linesText(count: number): string {
  return count === 1 ? "1 line tells" : `${count} lines tell`;
}

function bytesOf({ objects }: Selection): number {
  return objects.reduce((sum, { bytes }) => sum + bytes, 0);
}
