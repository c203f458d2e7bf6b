import { cliExitCode } from "../../contract/exit-code.ts";
import { Progress } from "../../dumper/progress.ts";
import { restoreSnapshot } from "../../dumper/restore/restore.ts";
import { findSnapshot, type Selection } from "../../dumper/restore/snapshots.ts";
import { parseTarget } from "../../dumper/restore/target.ts";
import { openStorage } from "../../dumper/sink/object-storage.ts";
import { type Command, type Terminal, UsageError } from "../command.ts";
import { tellingFailures } from "../failures.ts";
import { identityOption, readIdentities } from "../identity-option.ts";
import { objectKeyArgument } from "../object-key-argument.ts";
import { withPassword } from "../password.ts";
import { showProgress } from "../progress.ts";
import { parseStorageArgs, type StorageArgs, storageOptions } from "../storage-options.ts";
import { durationText, sizeText } from "../text.ts";

interface RestoreArgs extends StorageArgs {
  key: string;
  to: string;
  identity: string | undefined;
  "into-non-empty": boolean;
}

/** `ksnapshot restore`: one object into one database. */
export const restoreCommand: Command<RestoreArgs> = {
  command: "restore <key>",
  describe: "Restore a snapshot into an empty database, in one transaction",
  options: (yargs) =>
    storageOptions(yargs)
      .positional("key", {
        type: "string",
        demandOption: true,
        describe: "Key of a manifest or of one of its objects, as list shows it",
      })
      .option("to", {
        type: "string",
        demandOption: true,
        describe: "postgres://<user>@<host>[:<port>]/<database>, without a password",
      })
      .option("identity", identityOption)
      .option("into-non-empty", {
        type: "boolean",
        default: false,
        describe: "Restore into a database that has tables",
      })
      .example(
        "$0 restore ksnapshot/2026/01/31/postgresql/dump-….manifest.json --storage s3://my-snapshots --to postgres://shop@localhost/shop",
        "",
      )
      .epilogue(
        "The password is taken from PGPASSWORD, from ~/.pgpass, or asked for on a terminal. All is committed at once, after the stored hash was found right; otherwise the database stays as it was.",
      ),
  run: (args, terminal) =>
    tellingFailures(async () => {
      const key = objectKeyArgument(args.key);
      const target = parseTarget(args.to);
      if ("problem" in target) throw new UsageError(`--to: ${target.problem}`);
      const identities = await readIdentities(args.identity);
      const storage = await openStorage(parseStorageArgs(args, terminal.env));
      try {
        const selection = await findSnapshot(storage, key, terminal.signal);
        await told(selection, terminal, () =>
          withPassword(target.value, terminal, async (password) => {
            const progress = new Progress();
            const hide = showProgress(progress, bytesOf(selection), terminal);
            const from = { storage, identities, progress };
            const { env, signal } = terminal;
            const options = { password, intoNonEmpty: args["into-non-empty"], env, signal };
            await restoreSnapshot(selection, target.value, from, options).finally(hide);
          }),
        );
        return cliExitCode.well;
      } finally {
        storage.close();
      }
    }),
};

async function told(selection: Selection, terminal: Terminal, restore: () => Promise<void>): Promise<void> {
  const startedAt = performance.now();
  await restore();
  const seconds = (performance.now() - startedAt) / 1000;
  for (const { key, dumpBytes } of selection.objects) {
    terminal.out(`Restored ${key}: ${sizeText(dumpBytes)}\n`);
  }
  terminal.out(`in ${durationText(seconds)}\n`);
}

function bytesOf({ objects }: Selection): number {
  return objects.reduce((sum, { bytes }) => sum + bytes, 0);
}
