import { cliExitCode } from "../../contract/exit-code.ts";
import { printable } from "../../contract/printable.ts";
import { type ToldApart, toldApart } from "../../dumper/restore/origin.ts";
import { type Listing, listSnapshots } from "../../dumper/restore/snapshots.ts";
import { openStorage, type StoredObject } from "../../dumper/sink/object-storage.ts";
import { type ClusterArgs, clusterOption, ofCluster } from "../cluster-option.ts";
import { type Command, type Terminal, UsageError } from "../command.ts";
import { signalExitCodes, tellingFailures } from "../failures.ts";
import { onlyOf } from "../only-of.ts";
import { byWorkload, snapshotTable } from "../snapshot-table.ts";
import { parseStorageArgs, type StorageArgs, storageOptions } from "../storage-options.ts";
import { sizeText } from "../text.ts";
import { parseWorkloadReference, type WorkloadReference } from "../workload-reference.ts";
import { style } from "../style.ts";

interface ListArgs extends StorageArgs, ClusterArgs {
  workload: string | undefined;
  json: boolean;
}

/** So many objects without a manifest are named; there may be very many. */
const objectsShown = 5;

/** `ksnapshot list`: what can be restored, by workload and newest first. */
export const listCommand: Command<ListArgs> = {
  command: "list [workload]",
  describe: "List the snapshots in the storage, by workload and newest first",
  options: (yargs) =>
    storageOptions(yargs)
      .positional("workload", { type: "string", describe: "Only those of [<kind>/]<namespace>/<name>" })
      .option("cluster", clusterOption)
      .option("json", {
        type: "boolean",
        default: false,
        describe:
          "Print JSON: {snapshots, incomplete, foreign, broken}, each snapshot being its manifest with key and workload",
      })
      .example("$0 list --storage s3://my-snapshots", "Everything in a bucket")
      .example("$0 list shop/db --storage s3://my-snapshots", "Those of one workload")
      .example("$0 list --storage s3://my-snapshots/ksnapshot/2026/01", "Those of one month")
      .example("$0 list --storage ./snapshots --json", "For a script")
      .epilogue(
        `Exit codes: 0 well, 1 a snapshot is broken or the storage cannot be read, 2 usage, ${signalExitCodes}.`,
      ),
  run: (args, terminal) =>
    tellingFailures(async () => {
      const workload = workloadOf(args);
      const storage = await openStorage(parseStorageArgs(args, terminal.env));
      try {
        const found = await listSnapshots(storage, storage.prefix, terminal.signal);
        const all = ofCluster(found, args.cluster, storage.name);
        const listing = workload === null ? all : onlyOf(all, workload);
        const told = { ...listing, ...(await toldApart(storage, listing.unnamed, terminal.signal)) };
        if (args.json) terminal.out(json(told));
        else show(told, `${args.workload === undefined ? "" : `of ${args.workload} `}in ${storage.name}`, terminal);
        return listing.broken.length === 0 ? cliExitCode.well : cliExitCode.notWell;
      } finally {
        storage.close();
      }
    }),
};

function workloadOf({ workload }: ListArgs): WorkloadReference | null {
  if (workload === undefined) return null;
  const reading = parseWorkloadReference(workload);
  if ("problem" in reading) throw new UsageError(reading.problem);
  return reading.value;
}

type Told = Listing & ToldApart;

function json({ snapshots, incomplete, foreign, broken }: Told): string {
  const flat = byWorkload(snapshots).map(({ key, workload, manifest }) => ({ key, workload, ...manifest }));
  const told = broken.map(({ key, problem }) => ({ key, problem }));
  return `${JSON.stringify({ snapshots: flat, incomplete, foreign, broken: told }, null, 2)}\n`;
}

function show({ snapshots, incomplete, foreign, broken }: Told, where: string, { out, err }: Terminal): void {
  if (snapshots.length > 0) out(snapshotTable(snapshots, new Date()));
  else err(`There is no snapshot ${where}.\n`);
  const inTheMiddle = "a run is under way or ended in the middle, or another tool stored there, where nothing tells";
  err(objectsText(incomplete, `incomplete (named by no manifest): ${inTheMiddle}`));
  err(objectsText(foreign, "made by another tool, not verified; restore <key> --without-manifest takes one"));
  for (const { key, problem } of broken) err(`${style.red(printable(`${key} is broken: ${problem}`))}\n`);
}

function objectsText(objects: readonly StoredObject[], what: string): string {
  if (objects.length === 0) return "";
  const are = objects.length === 1 ? "1 object is" : `${objects.length} objects are`;
  const lines = objects.slice(0, objectsShown).map(({ key, bytes }) => `  ${sizeText(bytes)}  ${printable(key)}\n`);
  const more = objects.length > objectsShown ? "  … --json lists them all.\n" : "";
  return `${are} ${what}.\n${lines.join("")}${more}`;
}
