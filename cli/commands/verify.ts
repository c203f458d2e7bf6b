import { cliExitCode } from "../../contract/exit-code.ts";
import { printable } from "../../contract/printable.ts";
import type { Secret } from "../../contract/secret.ts";
import { Progress } from "../../dumper/progress.ts";
import type { Selection } from "../../dumper/restore/snapshots.ts";
import { verifyObject } from "../../dumper/restore/verify.ts";
import { type ObjectStorage, openStorage } from "../../dumper/sink/object-storage.ts";
import { leftOutText } from "../caveats.ts";
import type { Command, Terminal } from "../command.ts";
import { signalExitCodes, tellingFailures } from "../failures.ts";
import { identityOption, readIdentities } from "../identity-option.ts";
import { showProgress } from "../progress.ts";
import { selectSnapshot, type SnapshotArgs, snapshotArguments, snapshotReference } from "../select-snapshot.ts";
import type { SnapshotReference } from "../snapshot-reference.ts";
import { parseStorageArgs, storageOptions } from "../storage-options.ts";
import { style } from "../style.ts";

interface VerifyArgs extends SnapshotArgs {
  identity: string | undefined;
  json: boolean;
}

/** `ksnapshot verify`: reads every byte of a snapshot. */
export const verifyCommand: Command<VerifyArgs> = {
  command: "verify <snapshot>",
  describe: "Read every byte of a snapshot: length, SHA-256, and whether its content is whole",
  options: (yargs) =>
    snapshotArguments(storageOptions(yargs))
      .option("identity", identityOption)
      .option("json", { type: "boolean", default: false, describe: "Print one JSON object for each object" })
      .example("$0 verify shop/db --storage s3://my-snapshots", "The newest snapshot of a workload, all of it")
      .example("$0 verify shop/db@2026-01-31 --storage s3://my-snapshots", "The newest one at the end of that day")
      .example("$0 verify … --identity key.txt", "An encrypted one, content included")
      .epilogue(
        `Exit codes: 0 whole, 1 damaged or not there, 2 usage, 3 not all could be checked: encrypted and no identity given (the stored bytes are right), or made by another tool, without a manifest; ${signalExitCodes}.`,
      ),
  run: (args, terminal) =>
    tellingFailures(async () => {
      const reference = snapshotReference(args);
      const identities = await readIdentities(args.identity);
      const storage = await openStorage(parseStorageArgs(args, terminal.env));
      return verify({ storage, reference, identities }, args, terminal).finally(storage.close);
    }),
};

interface Asked {
  readonly storage: ObjectStorage;
  readonly reference: SnapshotReference;
  readonly identities: readonly Secret[];
}

async function verify(
  { storage, reference, identities }: Asked,
  args: VerifyArgs,
  terminal: Terminal,
): Promise<number> {
  const { manifest, objects, isForeign } = await selectSnapshot(storage, reference, { ...args, identities }, terminal);
  if (isForeign) return foreign(objects, args, terminal);
  const progress = new Progress();
  const hide = showProgress(
    progress,
    objects.reduce((sum, object) => sum + object.bytes, 0),
    terminal,
  );
  const verdicts = [];
  try {
    for (const object of objects) {
      verdicts.push(
        await verifyObject({ storage, engine: manifest.engine, object, identities, progress, signal: terminal.signal }),
      );
    }
  } finally {
    hide();
  }
  for (const { object, verdict, problem } of verdicts) {
    if (args.json) terminal.out(`${JSON.stringify({ key: object.key, verdict, problem })}\n`);
    else
      terminal.out(
        `${marks[verdict]}  ${printable(object.key)}\n${problem === null ? "" : `         ${printable(problem)}\n`}`,
      );
  }
  terminal.err(leftOutText(manifest.skipped));
  if (verdicts.some(({ verdict }) => verdict === "damaged")) return cliExitCode.notWell;
  return verdicts.some(({ verdict }) => verdict === "unchecked") ? cliExitCode.contentNotChecked : cliExitCode.well;
}

/** It has been read to its end already. */
function foreign(objects: Selection["objects"], { json }: VerifyArgs, { out }: Terminal): number {
  const problem =
    "another tool made it: it can be read to the dump's end mark, and no manifest says what else it should be";
  for (const { key } of objects) {
    if (json) out(`${JSON.stringify({ key, verdict: "unchecked", problem })}\n`);
    else out(`${style.yellow("foreign")}  ${printable(key)}\n         ${problem}\n`);
  }
  return cliExitCode.contentNotChecked;
}

const marks = {
  whole: style.green("whole  "),
  unchecked: style.yellow("sealed "),
  damaged: style.red("damaged"),
} as const;
