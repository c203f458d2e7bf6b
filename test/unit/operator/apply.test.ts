import { expect, test } from "@jest/globals";
import { needsApply } from "../../../operator/cluster/apply.ts";
import type { FieldSet, LiveObject, ManagedFields } from "../../../operator/cluster/cluster.ts";
import { adoption } from "../../../operator/cluster/managed-fields.ts";
import type { KubeObject } from "../../../synth/render.ts";

const desired: KubeObject = {
  ...{ apiVersion: "batch/v1", kind: "CronJob", metadata: { name: "a", namespace: "b", labels: { l: "1" } } },
  spec: {
    ...{ schedule: "@daily", backoffLimit: 0, token: false, empty: "", none: [] },
    env: [
      { name: "A", value: "1" },
      { name: "B", value: "2" },
    ],
    volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
    drop: ["ALL"],
    rules: [{ action: "Ignore" }],
  },
};
const spec = desired["spec"] as Record<string, unknown>;

test.each<[string, object]>([
  ["it is the same", {}],
  [
    "the server has added defaults",
    {
      suspend: false,
      env: [
        { name: "A", value: "1", more: 1 },
        { name: "B", value: "2" },
      ],
    },
  ],
  [
    "somebody has added an item between ours",
    {
      env: [
        { name: "A", value: "1" },
        { name: "X", value: "x" },
        { name: "B", value: "2" },
      ],
    },
  ],
  ["the server leaves out what is empty", { empty: undefined, none: undefined }],
])("needs no apply when %s", (_, changes) => {
  expect(needsApply(desired, live(changes))).toBe(false);
});

test.each<[string, object]>([
  ["a text differs", { schedule: "@hourly" }],
  ["a false is gone", { token: undefined }],
  ["a zero is gone", { backoffLimit: undefined }],
  ["a zero became null", { backoffLimit: null }],
  [
    "an item's field differs",
    {
      env: [
        { name: "A", value: "9" },
        { name: "B", value: "2" },
      ],
    },
  ],
  ["an item is gone", { env: [{ name: "A", value: "1" }] }],
  [
    "items have changed places",
    {
      env: [
        { name: "B", value: "2" },
        { name: "A", value: "1" },
      ],
    },
  ],
  ["a whole list is gone", { volumeMounts: undefined }],
  ["a list of texts is longer", { drop: ["ALL", "SOME"] }],
  ["a list without keys is longer", { rules: [{ action: "Ignore" }, { action: "Ignore" }] }],
])("needs an apply when %s", (_, changes) => {
  expect(needsApply(desired, live(changes))).toBe(true);
});

test.each<[string, FieldSet, boolean]>([
  [
    "of what we say",
    { "f:spec": { "f:schedule": {}, "f:env": { 'k:{"name":"A"}': { ".": {}, "f:value": {} } } } },
    false,
  ],
  [
    "of an item that we no longer say",
    { "f:spec": { "f:env": { 'k:{"name":"OLD"}': { ".": {}, "f:value": {} } } } },
    true,
  ],
  ["of a field that we no longer say", { "f:spec": { "f:suspend": {} } }, true],
  [
    "of an item's field that we no longer say",
    { "f:spec": { "f:env": { 'k:{"name":"A"}': { "f:valueFrom": {} } } } },
    true,
  ],
  ["of a value in a set", { "f:spec": { "f:drop": { 'v:"ALL"': {} } } }, false],
  ["of a value that we no longer say", { "f:spec": { "f:drop": { 'v:"OLD"': {} } } }, true],
])("looks for what to take back in the fields that we own: %s", (_, fieldsV1, expected) => {
  expect(needsApply(desired, live({}, [{ manager: "ksnapshot", operation: "Apply", fieldsV1 }]))).toBe(expected);
});

test.each<[string, ManagedFields[] | null]>([
  ["does not exist", null],
  ["has no managed fields", []],
  ["was written by others", [{ manager: "node-fetch", operation: "Update", fieldsV1: {} }]],
  ["was only updated under our name", [{ manager: "ksnapshot", operation: "Update", fieldsV1: {} }]],
])("needs an apply when the object %s", (_, managedFields) => {
  expect(needsApply(desired, managedFields === null ? null : live({}, managedFields))).toBe(true);
});

test("adopts the fields of every manager but those of the status, and only of the version observed", () => {
  const status: ManagedFields = {
    manager: "kube-controller-manager",
    operation: "Update",
    subresource: "status",
    fieldsV1: { "f:status": {} },
  };
  const managers: ManagedFields[] = [
    { manager: "a", operation: "Update", fieldsV1: { "f:spec": { "f:x": {} } } },
    { manager: "b", operation: "Update", fieldsV1: { "f:spec": { "f:y": { ".": {} } }, "f:data": {} } },
  ];

  expect(adoption(live({}, [...managers, status]))).toEqual([
    { op: "test", path: "/metadata/resourceVersion", value: "7" },
    {
      ...{ op: "add", path: "/metadata/managedFields" },
      value: [
        {
          ...{ manager: "ksnapshot", operation: "Apply", apiVersion: "batch/v1", fieldsType: "FieldsV1" },
          fieldsV1: { "f:spec": { "f:x": {}, "f:y": { ".": {} } }, "f:data": {} },
        },
        status,
      ],
    },
  ]);
});

const ours: ManagedFields = { manager: "ksnapshot", operation: "Apply", fieldsV1: {} };

function live(changes: object, managedFields: readonly ManagedFields[] = [ours]): LiveObject {
  const metadata = { ...desired.metadata, namespace: "b", uid: "1", resourceVersion: "7", managedFields };
  return { ...desired, metadata, spec: { ...spec, ...changes } };
}
