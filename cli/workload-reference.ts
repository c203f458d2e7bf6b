import { type Reading } from "../contract/diagnostic.ts";
import { dnsName, isDnsLabel, refused } from "../contract/field-reader.ts";
import type { ObjectRef } from "../contract/plan.ts";

/** A workload as a person names it: `shop/db`, or `deployment/shop/db` where two of different kinds share a name. */
export interface WorkloadReference {
  /** In lower case. Null: any. */
  readonly kind: string | null;
  readonly namespace: string;
  readonly name: string;
}

export function parseWorkloadReference(text: string): Reading<WorkloadReference> {
  const segments = text.split("/");
  const [name = "", namespace = "", kind = null] = segments.toReversed();
  const fits = segments.length <= 3 && isDnsLabel(namespace) && "value" in dnsName(name) && kind !== "";
  return fits
    ? { value: { kind: kind?.toLowerCase() ?? null, namespace, name } }
    : refused(text, "a workload: <namespace>/<name>, or <kind>/<namespace>/<name>");
}

/** Whether a snapshot's owner is the one that is meant. A snapshot made outside a cluster has none. */
export function isMeant({ kind, namespace, name }: WorkloadReference, owner: ObjectRef | null): boolean {
  if (owner === null || (kind !== null && kind !== owner.kind.toLowerCase())) return false;
  return owner.namespace === namespace && owner.name === name;
}

/** The shortest words for one of those owners: its kind is said only where another has the same name. */
export function workloadNamer(owners: readonly (ObjectRef | null)[]): (owner: ObjectRef) => string {
  const kinds = new Map<string, Set<string>>();
  for (const owner of owners) {
    if (owner !== null) kinds.set(shortName(owner), (kinds.get(shortName(owner)) ?? new Set()).add(owner.kind));
  }
  return (owner) => ((kinds.get(shortName(owner))?.size ?? 0) > 1 ? longName(owner) : shortName(owner));
}

/** `deployment/shop/db` */
export function longName(owner: ObjectRef): string {
  return `${owner.kind.toLowerCase()}/${shortName(owner)}`;
}

function shortName({ namespace, name }: ObjectRef): string {
  return `${namespace}/${name}`;
}
