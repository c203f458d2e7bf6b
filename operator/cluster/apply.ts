import type { KubeObject } from "../../synth/render.ts";
import type { FieldSet, LiveObject } from "./cluster.ts";
import { isAdopted, ownedFields } from "./managed-fields.ts";

/**
 * Whether applying `desired` would change anything. An apply that changes nothing is still a write request, to be
 * authorized, admitted and audited, twice a minute and for each workload; a dry run is one as well. So it is decided here:
 *
 * 1. never applied by us: apply;
 * 2. a desired field that is absent or different in the live object: apply (the server's defaults are in the live object
 *    alone, and are none of our opinions);
 * 3. a field that we own and no longer desire (an older version of ours said it): apply, which removes it.
 *
 * The live object is in the server's own spelling; so must the desired one be (`100m`, not `0.1`), or every pass writes.
 */
export function needsApply(desired: KubeObject, live: LiveObject | null): boolean {
  return live === null || !isAdopted(live) || !covers(live, desired) || ownsMore(ownedFields(live), desired);
}

/** Whether the live value has all that the desired one says. */
function covers(live: unknown, desired: unknown): boolean {
  if (Array.isArray(desired)) {
    if (!Array.isArray(live)) return desired.length === 0;
    return isKeyed(desired) ? keyedCovers(live, desired) : listCovers(live, desired);
  }
  if (isRecord(desired)) {
    return isRecord(live) && Object.entries(desired).every(([key, value]) => isSame(live[key], value));
  }
  return live === desired;
}

/** The server leaves empty texts and lists out: to say nothing and to say "" are one. False and 0 are opinions that it keeps. */
function isSame(live: unknown, desired: unknown): boolean {
  return live === undefined ? isEmpty(desired) : covers(live, desired);
}

/** Items of a list that is merged by key: containers, variables and volumes by `name`, mounts by `mountPath`. Order counts. */
function keyedCovers(live: readonly unknown[], desired: readonly Record<string, unknown>[]): boolean {
  const positions = desired.map((item) => live.findIndex((other) => isRecord(other) && keyOf(other) === keyOf(item)));
  return desired.every((item, index) => {
    const position = positions[index] ?? -1;
    return position > (positions[index - 1] ?? -1) && covers(live[position], item);
  });
}

function listCovers(live: readonly unknown[], desired: readonly unknown[]): boolean {
  return live.length === desired.length && desired.every((item, index) => covers(live[index], item));
}

/** Whether a field set names a field that is not in the value: https://github.com/kubernetes-sigs/structured-merge-diff */
function ownsMore(fields: FieldSet, value: unknown): boolean {
  return Object.entries(fields).some(([key, below]) => {
    if (key === ".") return false;
    const [type, rest] = [key.slice(0, 2), key.slice(2)];
    const child = type === "f:" ? fieldOf(value, rest) : type === "k:" ? itemOf(value, rest) : undefined;
    if (type === "v:") return !(Array.isArray(value) && value.some((item) => JSON.stringify(item) === rest));
    return child === undefined || ownsMore(below, child);
  });
}

function fieldOf(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined;
}

function itemOf(value: unknown, keys: string): unknown {
  const wanted = Object.entries(JSON.parse(keys) as Record<string, unknown>);
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  return items.find((item) => isRecord(item) && wanted.every(([key, text]) => item[key] === text));
}

function isKeyed(items: readonly unknown[]): items is readonly Record<string, unknown>[] {
  return items.length > 0 && items.every((item) => isRecord(item) && keyOf(item) !== undefined);
}

function keyOf(item: Record<string, unknown>): unknown {
  return item["mountPath"] ?? item["name"];
}

function isEmpty(value: unknown): boolean {
  return value === "" || (Array.isArray(value) && value.length === 0);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
