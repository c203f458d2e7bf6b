import { parseEnv } from "../../contract/dump-request.ts";
import { sentences } from "../../contract/diagnostic.ts";
import { dumpExitCode } from "../../contract/exit-code.ts";
import { printable, printableLines } from "../../contract/printable.ts";
import { scrub } from "../../contract/secret.ts";
import { checkDump } from "../../dumper/check.ts";
import { exitCodeOf, messageOf } from "../../dumper/failure.ts";
import { dump, lineOf, secretsOf } from "../../dumper/program.ts";
import { Progress } from "../../dumper/progress.ts";
import type { StoredSnapshot } from "../../dumper/run.ts";
import { leftOutText, notesText } from "../caveats.ts";
import type { Command, Terminal } from "../command.ts";
import { signalExitCodes } from "../failures.ts";
import { showProgress } from "../progress.ts";
import { type StorageArgs, storageEnv, storageOptions } from "../storage-options.ts";
import { durationText, sizeText, tableText } from "../text.ts";

interface DumpArgs extends StorageArgs {
  check: boolean;
}

/** `ksnapshot dump`: what the job's container does, from here. Ends with the dumper's exit codes. */
export const dumpCommand: Command<DumpArgs> = {
  command: "dump",
  describe: "Dump one database to the storage, as the job in the cluster does",
  options: (yargs) =>
    storageOptions(yargs)
      .option("check", {
        type: "boolean",
        default: false,
        describe: "Only try: connect, compare versions, look for missing grants, write to the storage and take it back",
      })
      .example("$0 dump --check", "Would tonight's dump work?")
      .example(
        "POSTGRESQL_HOST=db POSTGRESQL_USERNAME=shop POSTGRESQL_PASSWORD=… POSTGRESQL_DATABASE=shop \\\n    $0 dump --storage ./snapshots",
        "Dump to a directory",
      )
      .epilogue(
        `The database is named by POSTGRESQL_HOST, _PORT, _USERNAME, _PASSWORD, _DATABASE, _SSLMODE and _CA_FILE; COMPRESSION is gzip, zstd or none; ENCRYPTION_ENABLED=true with ENCRYPTION_RECIPIENT encrypts.\n\nExit codes: 0 stored, 1 fault of ksnapshot, 2 request invalid, 3 database failed, 4 storage failed, 5 encryption failed, ${signalExitCodes}.`,
      ),
  run: (args, terminal) => (args.check ? check(args, terminal) : store(args, terminal)),
};

async function store(args: DumpArgs, terminal: Terminal): Promise<number> {
  const env = storageEnv(args, terminal.env);
  const request = parseEnv(env);
  const progress = new Progress();
  const hide = showProgress(progress, null, terminal);
  const outcome = await dump(env, progress, terminal.signal).finally(hide);
  if (outcome.result === "stored") tell(outcome.snapshot, terminal);
  else terminal.err(`ksnapshot: ${scrub(lineOf(outcome), request.ok ? secretsOf(request.value) : [])}\n`);
  return outcome.exitCode;
}

function tell(snapshot: StoredSnapshot, { out, err }: Terminal): void {
  const { notes, skipped } = snapshot.manifest;
  out(summary(snapshot));
  err(`${notesText(notes)}${leftOutText(skipped)}`);
}

function summary({ key, manifest }: StoredSnapshot): string {
  const rows = manifest.objects.map(({ key: object, bytes, dumpBytes }) => [
    object,
    sizeText(dumpBytes),
    sizeText(bytes),
  ]);
  return `${tableText([["OBJECT", "DUMP", "STORED"], ...rows])}\nStored in ${durationText(manifest.seconds)}: ${key}\n`;
}

async function check(args: DumpArgs, terminal: Terminal): Promise<number> {
  const request = parseEnv(storageEnv(args, terminal.env));
  if (!request.ok) {
    terminal.err(sentences(request.diagnostics));
    return dumpExitCode.invalid;
  }
  try {
    const { lines, problems } = await checkDump(request.value, terminal.env, terminal.signal);
    terminal.out(lines.map((line) => `${printable(line)}\n`).join(""));
    terminal.err(problems.map((problem) => `${printableLines(problem)}\n`).join(""));
    return problems.length === 0 ? dumpExitCode.stored : dumpExitCode.source;
  } catch (error) {
    const exitCode = exitCodeOf(error);
    if (exitCode === dumpExitCode.fault) throw error;
    terminal.err(`ksnapshot: ${scrub(messageOf(error), secretsOf(request.value))}\n`);
    return exitCode;
  }
}
