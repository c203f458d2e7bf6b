import type { ObjectRef } from "../contract/plan.ts";
import { type BrokenSnapshot, type Listing, newestFirst, type Snapshot } from "../dumper/restore/snapshots.ts";
import { clusterDoubt } from "./cluster-option.ts";
import type { SnapshotReference } from "./snapshot-reference.ts";
import { timeText } from "./text.ts";
import { isMeant, longName, workloadNamer, type WorkloadReference } from "./workload-reference.ts";

/** So many names are told when none fits. */
const namesTold = 20;

export type Choice = Chosen | NotChosen;

export interface Chosen {
  readonly snapshot: Snapshot;
  /** Newer ones that would have been chosen, were they not broken; the newest first. */
  readonly passedOver: readonly BrokenSnapshot[];
}

export interface NotChosen {
  readonly problem: string;
  /** More than one workload or installation could be meant: the question is wrong, not the answer. */
  readonly isAmbiguous: boolean;
}

/** The newest whole snapshot of a workload at or before a time, or why there is none, naming what there is. */
export function chooseSnapshot(
  { snapshots, broken }: Pick<Listing, "snapshots" | "broken">,
  { workload, until }: Extract<SnapshotReference, { kind: "newest" }>,
  storage: string,
): Choice {
  const whole = snapshots.filter(({ manifest }) => isMeant(workload, manifest.owner)).sort(newestFirst);
  const unusable = broken.filter(isReadable).filter(({ manifest }) => isMeant(workload, manifest.owner));
  const name = textOf(workload);
  const kinds = [...new Set([...whole, ...unusable].map(({ manifest }) => manifest.owner).map(longNameOf))];
  if (kinds.length > 1) {
    return { problem: `${name} is the name of several workloads; say ${kinds.sort().join(" or ")}`, isAmbiguous: true };
  }
  const isInTime = ({ manifest }: Snapshot) => until === null || Date.parse(manifest.startedAt) <= until.getTime();
  const snapshot = whole.find(isInTime);
  const doubt = clusterDoubt(name, [...whole, ...unusable]);
  if (doubt !== null) return { problem: doubt, isAmbiguous: true };
  const newer = unusable
    .filter((one) => isInTime(one) && (snapshot === undefined || newestFirst(one, snapshot) < 0))
    .sort(newestFirst);
  if (snapshot !== undefined) return { snapshot, passedOver: newer };
  const when = until === null ? "" : ` at or before ${timeText(until)}`;
  const problem = `there is no whole snapshot of ${name}${when} in ${storage}; ${whatThereIs(name, newer, whole, snapshots)}`;
  return { problem, isAmbiguous: false };
}

function whatThereIs(
  name: string,
  broken: readonly unknown[],
  ofWorkload: readonly Snapshot[],
  all: readonly Snapshot[],
): string {
  const oldest = ofWorkload.at(-1);
  if (broken.length > 0) return `${broken.length} broken: ksnapshot list ${name} says why`;
  if (oldest !== undefined) return `the oldest is of ${timeText(new Date(oldest.manifest.startedAt))}`;
  const owners = all.map(({ manifest }) => manifest.owner);
  const nameOf = workloadNamer(owners);
  const names = [...new Set(owners.flatMap((owner) => (owner === null ? [] : [nameOf(owner)])))].sort();
  if (names.length === 0) return "there is none of any workload";
  const more = names.length > namesTold ? ` and ${names.length - namesTold} more` : "";
  return `there are some of ${names.slice(0, namesTold).join(", ")}${more}`;
}

function isReadable(broken: BrokenSnapshot): broken is BrokenSnapshot & Snapshot {
  return broken.manifest !== null;
}

function longNameOf(owner: ObjectRef | null): string {
  return owner === null ? "" : longName(owner);
}

function textOf({ kind, namespace, name }: WorkloadReference): string {
  return `${kind === null ? "" : `${kind}/`}${namespace}/${name}`;
}
