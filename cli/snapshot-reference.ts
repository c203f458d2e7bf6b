import { type Reading } from "../contract/diagnostic.ts";
import { refused } from "../contract/field-reader.ts";
import { isDumpKey, isManifestKey, type ObjectKey, parseObjectKey } from "../dumper/sink/object-key.ts";
import { parseWorkloadReference, type WorkloadReference } from "./workload-reference.ts";

/** A snapshot as a person names it: by a key, or as the newest of a workload. */
export type SnapshotReference =
  | { readonly kind: "key"; readonly key: ObjectKey }
  | {
      readonly kind: "newest";
      readonly workload: WorkloadReference;
      /** Begun then or earlier. Null: the newest there is. */
      readonly until: Date | null;
    };

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const dayMs = 24 * 60 * minuteMs;

/**
 * Reads a manifest's or an object's key, `shop/db`, or `shop/db@2026-01-31T03:00`. A date stands for all of its day, a minute
 * for all of its seconds; the time is UTC unless it says otherwise.
 */
export function parseSnapshotReference(text: string): Reading<SnapshotReference> {
  if (isManifestKey(text) || isDumpKey(text)) {
    const key = parseObjectKey(text);
    return key === null ? refused(text, "a key; ksnapshot list shows them") : { value: { kind: "key", key } };
  }
  const [name = "", ...times] = text.split("@");
  const workload = parseWorkloadReference(name);
  if ("problem" in workload)
    return refused(text, "a key, as ksnapshot list shows them, or <namespace>/<name>[@<time>]");
  if (times.length === 0) return { value: { kind: "newest", workload: workload.value, until: null } };
  const until = endOf(times.join("@"));
  return until === null
    ? refused(times.join("@"), "a time such as 2026-01-31, 2026-01-31T03:00 or 2026-01-31T03:00:00+01:00")
    : { value: { kind: "newest", workload: workload.value, until } };
}

/** The last millisecond of the day, minute or second that is named. */
function endOf(text: string): Date | null {
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(Z|[+-]\d\d:\d\d)?)?$/.exec(text);
  const [, date = "", minute, second, zone = "Z"] = match ?? [];
  // The engine takes 31 February for 3 March.
  const day = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(day) || !new Date(day).toISOString().startsWith(date)) return null;
  const start = Date.parse(`${date}T${minute ?? "00:00"}${second ?? ":00"}${zone}`);
  const unitMs = minute === undefined ? dayMs : second === undefined ? minuteMs : secondMs;
  return Number.isNaN(start) ? null : new Date(start + unitMs - 1);
}
