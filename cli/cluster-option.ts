import { shellQuoted } from "../contract/shell-quoted.ts";
import type { BrokenSnapshot, Listing, Snapshot } from "../dumper/restore/snapshots.ts";
import { CommandFailed, UsageError } from "./command.ts";

/** Whose snapshots are meant, where several installations share a storage. */
export interface ClusterArgs {
  cluster: string | undefined;
}

export const clusterOption = {
  type: "string",
  describe: "Only snapshots of this installation (cluster in ksnapshot.yaml), where several share the storage",
} as const;

type Candidate = Snapshot | BrokenSnapshot;

/**
 * Those of one installation, where one is named. What nobody can tell the owner of stays: it is never hidden.
 * @param where the storage's name
 * @throws {UsageError} when the name is empty
 * @throws {CommandFailed} when the storage has nothing of it, naming what there is
 */
export function ofCluster(listing: Listing, cluster: string | undefined, where: string): Listing {
  if (cluster === undefined) return listing;
  if (cluster === "") throw new UsageError("--cluster: it is empty; give the name of an installation");
  const clusters = clustersOf([...listing.snapshots, ...listing.broken]);
  if (!clusters.includes(cluster)) {
    const others = clusters.length === 0 ? "none says its installation" : `there are some of ${clusters.join(", ")}`;
    throw new CommandFailed(
      `there is no snapshot of the installation ${JSON.stringify(cluster)} in ${where}; ${others}`,
    );
  }
  return {
    ...listing,
    snapshots: listing.snapshots.filter(({ manifest }) => manifest.cluster === cluster),
    broken: listing.broken.filter(({ manifest }) => manifest === null || manifest.cluster === cluster),
  };
}

/** Why it cannot be told which installation's snapshot is meant. Null: it can. @param candidates all that could be meant */
export function clusterDoubt(name: string, candidates: readonly Candidate[]): string | null {
  const clusters = clustersOf(candidates);
  const options = clusters.map((cluster) => `--cluster ${shellQuoted(cluster)}`).join(" or ");
  if (!areOne(clusters, candidates)) return `several installations have snapshots of ${name}: say ${options}`;
  const first = firstNamed(candidates);
  const later = candidates.find(({ manifest }) => first !== null && isUnnamedSince(manifest, first));
  return later === undefined
    ? null
    : `some snapshots of ${name} do not say which installation made them, and are younger than the first that does: say ${options}, or name one by its key, such as ${later.key}`;
}

function clustersOf(candidates: readonly Candidate[]): readonly string[] {
  return [...new Set(candidates.flatMap(({ manifest }) => manifest?.cluster ?? []))].sort();
}

/** An installation may have had several names; a workload's UID is only in one cluster, ever. */
function areOne([first, ...others]: readonly string[], candidates: readonly Candidate[]): boolean {
  const uidsOf = (cluster: string | undefined) =>
    new Set(candidates.flatMap(({ manifest }) => (manifest?.cluster === cluster ? (manifest?.ownerUid ?? []) : [])));
  const known = uidsOf(first);
  for (let left = others; left.length > 0;) {
    const next = left.find((cluster) => [...uidsOf(cluster)].some((uid) => known.has(uid)));
    if (next === undefined) return false;
    for (const uid of uidsOf(next)) known.add(uid);
    left = left.filter((cluster) => cluster !== next);
  }
  return true;
}

/** When the first snapshot was taken that says its installation. Older ones may be the same one's, from before it had a name. */
function firstNamed(candidates: readonly Candidate[]): string | null {
  const times = candidates.flatMap(({ manifest }) => (manifest?.cluster == null ? [] : [manifest.startedAt]));
  return times.sort()[0] ?? null;
}

function isUnnamedSince(manifest: Candidate["manifest"], time: string): boolean {
  return manifest !== null && manifest.cluster === null && manifest.startedAt > time;
}
