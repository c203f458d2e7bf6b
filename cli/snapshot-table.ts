import type { ObjectRef } from "../contract/plan.ts";
import type { Snapshot } from "../dumper/restore/snapshots.ts";
import { ageText, durationText, sizeText, tableText } from "./text.ts";
import { workloadNamer } from "./workload-reference.ts";

/** So many objects are named in one row. */
const namesShown = 3;

/**
 * Snapshots by workload, and the newest of each first. Those of no workload come last.
 * @param snapshots newest first
 */
export function byWorkload(
  snapshots: readonly Snapshot[],
): readonly (Snapshot & { readonly workload: string | null })[] {
  const nameOf = workloadNamer(snapshots.map(({ manifest }) => manifest.owner));
  return snapshots
    .map((snapshot) => ({ ...snapshot, workload: named(snapshot.manifest.owner) }))
    .sort((a, b) => compare(a.workload, b.workload)); // stable

  function named(owner: ObjectRef | null): string | null {
    return owner === null ? null : nameOf(owner);
  }
}

function compare(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return a.localeCompare(b);
}

/** For people; with the installation where there is more than one. @param snapshots newest first */
export function snapshotTable(snapshots: readonly Snapshot[], now: Date): string {
  const hasSeveral = new Set(snapshots.map(({ manifest }) => manifest.cluster)).size > 1;
  const head = [
    ...(hasSeveral ? ["CLUSTER"] : []),
    "WORKLOAD",
    "TAKEN (UTC)",
    "AGE",
    "ENGINE",
    "OBJECTS",
    "STORED",
    "TOOK",
    "ENCRYPTED",
    "KEY",
  ];
  const rows = byWorkload(snapshots).map(({ key, manifest, workload }) => {
    const { cluster, startedAt, engine, serverVersion, objects, seconds, recipients } = manifest;
    return [
      ...(hasSeveral ? [cluster ?? "-"] : []),
      workload ?? "-",
      startedAt.slice(0, 19).replace("T", " "),
      ageText((now.getTime() - Date.parse(startedAt)) / 1000),
      serverVersion === null ? engine : `${engine} ${serverVersion}`,
      namesText(objects.map(({ name }) => name)),
      sizeText(objects.reduce((sum, object) => sum + object.bytes, 0)),
      durationText(seconds),
      recipients.length === 0 ? "no" : "yes",
      key,
    ];
  });
  return tableText([head, ...rows]);
}

function namesText(names: readonly string[]): string {
  const shown = names.slice(0, namesShown).join(", ");
  return names.length > namesShown ? `${shown} and ${names.length - namesShown} more` : shown;
}
