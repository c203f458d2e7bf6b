import type { BrokenSnapshot, Listing, Snapshot } from "../dumper/restore/snapshots.ts";

/** Whose snapshots are meant, where several installations share a storage. */
export interface ClusterArgs {
  cluster: string | undefined;
}

export const clusterOption = {
  type: "string",
  describe: "Only snapshots of this installation (cluster in ksnapshot.yaml), where several share the storage",
} as const;

/** Those of one installation, where one is named. What nobody can tell the owner of stays: it is never hidden. */
export function ofCluster(listing: Listing, cluster: string | undefined): Listing {
  if (cluster === undefined) return listing;
  return {
    ...listing,
    snapshots: listing.snapshots.filter(({ manifest }) => manifest.cluster === cluster),
    broken: listing.broken.filter(({ manifest }) => manifest === null || manifest.cluster === cluster),
  };
}

/**
 * Why it cannot be told which installation's snapshot is meant. Null: it can.
 * @param candidates all that could be meant
 * @param newest the one that would be chosen of them
 */
export function clusterDoubt(
  name: string,
  candidates: readonly (Snapshot | BrokenSnapshot)[],
  newest: Snapshot | undefined,
): string | null {
  const clusters = new Set(candidates.flatMap(({ manifest }) => manifest?.cluster ?? []));
  const options = [...clusters].sort().map((cluster) => `--cluster ${cluster}`);
  if (clusters.size > 1) return `several installations have snapshots of ${name}: say ${options.join(" or ")}`;
  const hasNewerUnnamed = clusters.size === 1 && newest?.manifest.cluster === null;
  const isOlder = ({ manifest }: Snapshot | BrokenSnapshot) =>
    manifest !== null && manifest.cluster !== null && manifest.startedAt < (newest?.manifest.startedAt ?? "");
  return hasNewerUnnamed && candidates.some(isOlder)
    ? `the newest snapshot of ${name} does not say which installation made it, and older ones do: say ${options.join("")}, or name it by its key, ${newest.key}`
    : null;
}
