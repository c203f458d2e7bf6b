import type { Argv } from "yargs";
import { printable } from "../contract/printable.ts";
import type { Secret } from "../contract/secret.ts";
import { Progress } from "../dumper/progress.ts";
import { foreignSnapshot } from "../dumper/restore/foreign.ts";
import { originOf } from "../dumper/restore/origin.ts";
import { findSnapshot, listSnapshots, type Selection } from "../dumper/restore/snapshots.ts";
import type { ObjectKey } from "../dumper/sink/object-key.ts";
import type { ObjectStorage } from "../dumper/sink/object-storage.ts";
import { chooseSnapshot } from "./choose-snapshot.ts";
import { type ClusterArgs, clusterOption, ofCluster } from "./cluster-option.ts";
import { CommandFailed, type Terminal, UsageError } from "./command.ts";
import { showProgress } from "./progress.ts";
import { parseSnapshotReference, type SnapshotReference } from "./snapshot-reference.ts";
import type { StorageArgs } from "./storage-options.ts";
import { timeText } from "./text.ts";

/** Which snapshot is meant, and which of its objects. */
export interface SnapshotArgs extends StorageArgs, ClusterArgs {
  snapshot: string;
  object: string | undefined;
  "without-manifest": boolean;
}

/** Adds `<snapshot>`, `--object`, `--cluster` and `--without-manifest`. */
export function snapshotArguments(yargs: Argv<StorageArgs>): Argv<SnapshotArgs> {
  return yargs
    .positional("snapshot", {
      type: "string",
      demandOption: true,
      describe:
        "[<kind>/]<namespace>/<name>: the newest of the workload; with @2026-01-31 or @2026-01-31T03:00 (UTC) the newest at or before the end of that day or minute. Or a key that list shows: of a manifest or of one object",
    })
    .option("cluster", clusterOption)
    .option("object", {
      type: "string",
      describe: "Only this object of the snapshot, by its name: a database, as list shows it",
    })
    .option("without-manifest", {
      type: "boolean",
      default: false,
      describe:
        "Take an object by its key though no manifest names it, as what another tool stored: nobody knows whether it is whole but by the dump's end mark",
    });
}

/** @throws {UsageError} when it is neither a key nor a workload */
export function snapshotReference({ snapshot, cluster, "without-manifest": isBare }: SnapshotArgs): SnapshotReference {
  const reading = parseSnapshotReference(snapshot);
  if ("problem" in reading) throw new UsageError(reading.problem);
  if (reading.value.kind === "key" && cluster !== undefined) {
    throw new UsageError("--cluster goes with a workload: a key names one snapshot already");
  }
  if (reading.value.kind === "newest" && isBare) {
    throw new UsageError("--without-manifest goes with the key of an object; a workload is told by manifests");
  }
  return reading.value;
}

/**
 * The snapshot that is meant. Where it was chosen by its workload, says which it is.
 * @throws {UsageError} when several workloads could be meant, or there is no such object in it
 * @throws {CommandFailed} when there is no such snapshot
 */
export async function selectSnapshot(
  storage: ObjectStorage,
  reference: SnapshotReference,
  args: Pick<SnapshotArgs, "object" | "cluster"> & BareArgs,
  terminal: Terminal,
): Promise<Selection> {
  const selection =
    reference.kind === "key"
      ? await byKey(storage, reference.key, args, terminal)
      : await newestOf(storage, reference, args.cluster, terminal);
  return args.object === undefined ? selection : withObject(selection, args.object);
}

interface BareArgs extends Pick<SnapshotArgs, "without-manifest"> {
  readonly identities: readonly Secret[];
}

async function byKey(
  storage: ObjectStorage,
  key: ObjectKey,
  { identities, "without-manifest": isBare }: BareArgs,
  terminal: Terminal,
): Promise<Selection> {
  const { signal } = terminal;
  const found = await findSnapshot(storage, key, signal);
  if (found.kind === "snapshot") return found;
  const unread = found.unread.length === 0 ? "" : `; beside it: ${found.unread.join("; ")}`;
  if ((await originOf(storage, key, signal)) === "ours") {
    throw new CommandFailed(`no manifest names ${key}, which a run of ksnapshot made: it is incomplete${unread}`);
  }
  if (!isBare) {
    const remedy = "ksnapshot list shows what is whole; to take it all the same, add --without-manifest";
    throw new CommandFailed(`no manifest names ${key}: it is incomplete, or another tool made it${unread}; ${remedy}`);
  }
  terminal.err(`${printable(key)}: no manifest names it. It is read to its end to see what it holds.\n`);
  const progress = new Progress();
  const hide = showProgress(progress, found.object.bytes, terminal);
  return foreignSnapshot({ storage, key, identities, progress, signal }).finally(hide);
}

async function newestOf(
  storage: ObjectStorage,
  reference: Extract<SnapshotReference, { kind: "newest" }>,
  cluster: string | undefined,
  terminal: Terminal,
): Promise<Selection> {
  const listing = ofCluster(await listSnapshots(storage, storage.prefix, terminal.signal), cluster, storage.name);
  const choice = chooseSnapshot(listing, reference, storage.name);
  if ("problem" in choice) throw new (choice.isAmbiguous ? UsageError : CommandFailed)(choice.problem);
  const { key, manifest } = choice.snapshot;
  for (const broken of choice.passedOver)
    terminal.err(`${printable(`passed over ${broken.key}: ${broken.problem}`)}\n`);
  const whose = manifest.cluster === null ? "" : ` by ${manifest.cluster}`;
  terminal.err(`${printable(`the snapshot of ${timeText(new Date(manifest.startedAt))}${whose}: ${key}`)}\n`);
  return { key, manifest, objects: manifest.objects, isForeign: false };
}

/** Exported for its test. */
export function withObject(selection: Selection, name: string): Selection {
  const objects = selection.objects.filter((object) => object.name === name);
  if (objects.length > 0) return { ...selection, objects };
  const names = selection.objects.map((object) => JSON.stringify(object.name)).join(", ");
  throw new UsageError(`--object: there is no ${JSON.stringify(name)} in the snapshot, which holds ${names}`);
}
