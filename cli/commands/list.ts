import pc from "picocolors";
import { cliExitCode } from "../../contract/exit-code.ts";
import { type Listing, listSnapshots, type Snapshot } from "../../dumper/restore/snapshots.ts";
import { openStorage } from "../../dumper/sink/object-storage.ts";
import type { Command } from "../command.ts";
import { tellingFailures } from "../failures.ts";
import { parseStorageArgs, type StorageArgs, storageOptions } from "../storage-options.ts";
import { durationText, sizeText, tableText } from "../text.ts";

interface ListArgs extends StorageArgs {
  json: boolean;
}

/** `ksnapshot list`: what can be restored. */
export const listCommand: Command<ListArgs> = {
  command: "list",
  describe: "List the snapshots in the storage",
  options: (yargs) =>
    storageOptions(yargs)
      .option("json", { type: "boolean", default: false, describe: "Print JSON: {snapshots, incomplete, broken}" })
      .example("$0 list --storage s3://my-snapshots", "Everything in a bucket")
      .example("$0 list --storage s3://my-snapshots/ksnapshot/2026/01", "Those of one month")
      .example("$0 list --storage ./snapshots --json", "For a script"),
  run: (args, terminal) =>
    tellingFailures(async () => {
      const storage = await openStorage(parseStorageArgs(args, terminal.env));
      const listing = await listSnapshots(storage, storage.prefix, terminal.signal).finally(storage.close);
      if (args.json) {
        const { snapshots, incomplete, broken } = listing;
        const flat = snapshots.map(({ key, manifest }) => ({ key, ...manifest }));
        terminal.out(`${JSON.stringify({ snapshots: flat, incomplete, broken }, null, 2)}\n`);
      } else {
        if (listing.snapshots.length > 0) terminal.out(tableText([head, ...listing.snapshots.map(rowOf)]));
        terminal.err(notes(listing, storage.name));
      }
      return listing.broken.length === 0 ? cliExitCode.well : cliExitCode.notWell;
    }),
};

const head = ["TAKEN (UTC)", "ENGINE", "WHAT", "STORED", "TOOK", "ENCRYPTED", "KEY"];

function rowOf({ key, manifest }: Snapshot): readonly string[] {
  const { startedAt, engine, serverVersion, objects, seconds, recipients, owner } = manifest;
  const names = objects.map(({ name }) => name).join(", ");
  return [
    startedAt.slice(0, 19).replace("T", " "),
    serverVersion === null ? engine : `${engine} ${serverVersion}`,
    owner === null ? names : `${owner.namespace}/${owner.name} ${names}`,
    sizeText(objects.reduce((sum, object) => sum + object.bytes, 0)),
    durationText(seconds),
    recipients.length === 0 ? "no" : "yes",
    key,
  ];
}

function notes({ snapshots, incomplete, broken }: Listing, storage: string): string {
  const none = snapshots.length === 0 ? `There is no snapshot in ${storage}.\n` : "";
  const objects = incomplete.length === 1 ? "1 object is" : `${incomplete.length} objects are`;
  const rest =
    incomplete.length === 0
      ? ""
      : `${objects} incomplete (named by no manifest): a run is under way or ended in the middle. --json lists them.\n`;
  return none + rest + broken.map(({ key, problem }) => pc.red(`${key} is broken: ${problem}\n`)).join("");
}
