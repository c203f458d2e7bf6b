import { fieldManager } from "../../contract/labels.ts";
import type { FieldSet, LiveObject, ManagedFields } from "./cluster.ts";

/** Whether we have applied the object before: then apply removes what we no longer say. */
export function isAdopted(live: LiveObject): boolean {
  return ownEntry(live) !== undefined;
}

/** The fields that we own by apply. */
export function ownedFields(live: LiveObject): FieldSet {
  return ownEntry(live)?.fieldsV1 ?? {};
}

/**
 * The JSON patch that makes every field of an object ours, whoever wrote it (docs/adr/0003). An apply after it removes
 * whatever is not in the applied object: variables and containers of another operator, keys of its Secret. Server-side
 * apply alone leaves them, as fields of their writer. Status stays with the controllers that report it. Refused by the
 * API server when the object has changed since it was observed.
 */
export function adoption(live: LiveObject): readonly object[] {
  const { managedFields = [], resourceVersion } = live.metadata;
  const status = managedFields.filter((entry) => entry.subresource !== undefined);
  const taken = managedFields.filter((entry) => entry.subresource === undefined);
  const ours = {
    ...{ manager: fieldManager, operation: "Apply", apiVersion: live.apiVersion, fieldsType: "FieldsV1" },
    fieldsV1: taken.map((entry) => entry.fieldsV1 ?? {}).reduce(union, {}),
  };
  return [
    { op: "test", path: "/metadata/resourceVersion", value: resourceVersion },
    { op: "add", path: "/metadata/managedFields", value: [ours, ...status] },
  ];
}

function ownEntry(live: LiveObject): ManagedFields | undefined {
  return live.metadata.managedFields?.find(
    ({ manager, operation, subresource }) =>
      manager === fieldManager && operation === "Apply" && subresource === undefined,
  );
}

function union(a: FieldSet, b: FieldSet): FieldSet {
  const shared = Object.entries(b).map(([key, fields]) => [key, union(a[key] ?? {}, fields)] as const);
  return { ...a, ...Object.fromEntries(shared) };
}
