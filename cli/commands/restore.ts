import { cliExitCode } from "../../contract/exit-code.ts";
import { Progress } from "../../dumper/progress.ts";
import { parsePostgresqlTarget } from "../../dumper/restore/postgresql-target.ts";
import { restorePostgresql } from "../../dumper/restore/restore.ts";
import { findSnapshot, type Selection } from "../../dumper/restore/snapshots.ts";
import { openStorage } from "../../dumper/sink/object-storage.ts";
import type { StoredDump } from "../../dumper/sink/snapshot-manifest.ts";
import type { PostgresqlTarget } from "../../dumper/source/conninfo.ts";
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
      const target = parsePostgresqlTarget(args.to);
      if ("problem" in target) throw new UsageError(`--to: ${target.problem}`);
      const identities = await readIdentities(args.identity);
      const storage = await openStorage(parseStorageArgs(args, terminal.env));
      try {
        const object = oneOf(await findSnapshot(storage, key, terminal.signal));
        const restore = async (to: PostgresqlTarget) => {
          const progress = new Progress();
          const reading = { storage, object, identities, progress, signal: terminal.signal };
          const hide = showProgress(progress, object.bytes, terminal);
          await restorePostgresql(reading, {
            target: to,
            intoNonEmpty: args["into-non-empty"],
            env: terminal.env,
          }).finally(hide);
        };
        await told(object, terminal, () => withPassword(target.value, terminal, restore));
        return cliExitCode.well;
      } finally {
        storage.close();
      }
    }),
};

/** @throws {UsageError} when the key means several objects */
function oneOf({ manifest, objects }: Selection): StoredDump {
  const [object, ...others] = objects;
  if (object === undefined || others.length > 0) {
    throw new UsageError(
      `the snapshot has several objects; give the key of one:\n${objects.map(({ key }) => key).join("\n")}`,
    );
  }
  if (manifest.engine !== "postgresql")
    throw new UsageError(`a snapshot of ${manifest.engine} cannot go to PostgreSQL`);
  return object;
}

async function told(object: StoredDump, terminal: Terminal, restore: () => Promise<void>): Promise<void> {
  const startedAt = performance.now();
  await restore();
  const seconds = (performance.now() - startedAt) / 1000;
  terminal.out(`Restored ${object.key}: ${sizeText(object.dumpBytes)} in ${durationText(seconds)}\n`);
}
