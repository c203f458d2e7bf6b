import { expect, test } from "@jest/globals";
import { lookUp } from "../../../operator/plan/container-env.ts";
import { scopeOf } from "../../../operator/plan/container-scope.ts";
import type { DataReading, ReadData } from "../../../operator/plan/observed.ts";
import type { KubeObject } from "../../../synth/render.ts";
import { container, reading, revealed, workload } from "../../support/observed.ts";

const objects: readonly KubeObject[] = [
  {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "auth", namespace: "shop" },
    data: { A: "c2VjcmV0", EMPTY: "" },
  },
  {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "conf", namespace: "shop" },
    data: { A: "conf", B: "other" },
  },
  { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "more", namespace: "shop" }, data: { A: "more" } },
];
const secretKey = (name: string, key: string, optional?: boolean) => ({
  valueFrom: { secretKeyRef: { name, key, optional } },
});
const scope = (fields: object, read: ReadData) => scopeOf(workload([fields]), container(fields), read);
const configKey = (name: string, key: string) => ({ valueFrom: { configMapKeyRef: { name, key } } });

test.each<[string, object, string | null]>([
  ["a literal", { env: [{ name: "A", value: "x" }] }, "x"],
  [
    "the last of two entries of one name",
    {
      env: [
        { name: "A", value: "x" },
        { name: "A", value: "y" },
      ],
    },
    "y",
  ],
  ["an entry without a value", { env: [{ name: "A" }] }, ""],
  ["a Secret's key", { env: [{ name: "A", ...secretKey("auth", "A") }] }, "secret"],
  ["a Secret's empty key", { env: [{ name: "A", ...secretKey("auth", "EMPTY") }] }, ""],
  ["a ConfigMap's key", { env: [{ name: "A", ...configKey("conf", "A") }] }, "conf"],
  ["a whole Secret", { envFrom: [{ secretRef: { name: "auth" } }] }, "secret"],
  [
    "the last of two whole sources",
    { envFrom: [{ secretRef: { name: "auth" } }, { configMapRef: { name: "more" } }] },
    "more",
  ],
  [
    "a whole source with a prefix",
    {
      envFrom: [
        { prefix: "", configMapRef: { name: "conf" } },
        { prefix: "X_", configMapRef: { name: "more" } },
      ],
    },
    "conf",
  ],
  [
    "an entry over a whole source",
    { env: [{ name: "A", value: "x" }], envFrom: [{ secretRef: { name: "auth" } }] },
    "x",
  ],
  [
    "an optional key that is missing: what was there before",
    {
      env: [
        { name: "A", value: "x" },
        { name: "A", ...secretKey("auth", "NO", true) },
      ],
    },
    "x",
  ],
  [
    "an optional key of a missing Secret: the whole source",
    { env: [{ name: "A", ...secretKey("no", "A", true) }], envFrom: [{ configMapRef: { name: "conf" } }] },
    "conf",
  ],
  [
    "an optional source that is missing",
    { envFrom: [{ configMapRef: { name: "conf" } }, { secretRef: { name: "no", optional: true } }] },
    "conf",
  ],
  ["nothing", {}, null],
  [
    "nothing of that name",
    { env: [{ name: "B", value: "x" }], envFrom: [{ configMapRef: { name: "more" }, prefix: "A" }] },
    null,
  ],
  [
    "a reference to an earlier entry",
    {
      env: [
        { name: "B", value: "b" },
        { name: "A", value: "<$(B)>" },
      ],
    },
    "<b>",
  ],
  [
    "a reference to a Secret",
    {
      env: [
        { name: "B", ...secretKey("auth", "A") },
        { name: "A", value: "$(B)!" },
      ],
    },
    "secret!",
  ],
  [
    "a reference to a whole source",
    { env: [{ name: "A", value: "$(B)" }], envFrom: [{ configMapRef: { name: "conf" } }] },
    "other",
  ],
  [
    "a reference to a later entry, which stays as it is",
    {
      env: [
        { name: "A", value: "$(B)" },
        { name: "B", value: "b" },
      ],
    },
    "$(B)",
  ],
  [
    "a reference to itself, which is what was before",
    { env: [{ name: "A", value: "$(A)+" }], envFrom: [{ configMapRef: { name: "conf" } }] },
    "conf+",
  ],
  [
    "an escaped reference",
    {
      env: [
        { name: "B", value: "b" },
        { name: "A", value: "$$(B) $$ $x $(" },
      ],
    },
    "$(B) $ $x $(",
  ],
  [
    "an escaped dollar before a reference",
    {
      env: [
        { name: "B", value: "b" },
        { name: "A", value: "$$$(B)" },
      ],
    },
    "$b",
  ],
])("looks %s up as the kubelet does", (_, fields, expected) => {
  const variable = lookUp(scope(fields, reading(objects)), "A");

  expect(variable.state === "set" ? revealed(variable.value) : null).toBe(expected);
});

const chain = (length: number, value: (previous: string) => string) =>
  Array.from({ length }, (_, index) => ({
    name: index === length - 1 ? "A" : `V${String(index)}`,
    value: index === 0 ? "0123456789" : value(`$(V${String(index - 1)})`),
  }));

test.each<[string, readonly object[]]>([
  ["refers to itself a billion times over", chain(60, (previous) => previous.repeat(10))],
  ["refers to others ten thousand deep", chain(10_000, (previous) => `${previous}.`)],
  ["has a million references that are never closed", [{ name: "A", value: "$(".repeat(500_000) }]],
  ["has a million references", [{ name: "A", value: "$(B)".repeat(250_000) }]],
  [
    "stands there ten thousand times, optional each time",
    Array.from({ length: 10_000 }, () => ({ name: "A", ...secretKey("no", "A", true) })),
  ],
])(
  "gives up on a variable that %s, at once",
  (_, env) => {
    const variable = lookUp(scope({ env }, reading(objects)), "A");

    expect(variable).toMatchObject({ state: "failed", code: "credential-unreadable" });
  },
  2000,
);

const unreadable: DataReading = { state: "unreadable", problem: "403 forbidden" };

test.each<[string, object, string]>([
  ["a key that is missing", { env: [{ name: "A", ...secretKey("auth", "NO") }] }, "credential-missing"],
  ["a Secret that is missing", { env: [{ name: "A", ...secretKey("no", "A") }] }, "credential-missing"],
  ["a whole source that is missing", { envFrom: [{ secretRef: { name: "no" } }] }, "credential-missing"],
  ["a Secret that may not be read", { env: [{ name: "A", ...secretKey("locked", "A") }] }, "credential-unreadable"],
  ["even an optional key of it", { env: [{ name: "A", ...secretKey("locked", "A", true) }] }, "credential-unreadable"],
  [
    "a field of the pod",
    { env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }] },
    "credential-unreadable",
  ],
  [
    "a reference to what fails",
    {
      env: [
        { name: "B", ...secretKey("no", "A") },
        { name: "A", value: "$(B)" },
      ],
    },
    "credential-missing",
  ],
])("fails for %s", (_, fields, code) => {
  const read = reading(objects, { "Secret shop/locked": unreadable });

  expect(lookUp(scope(fields, read), "A")).toMatchObject({ state: "failed", code });
});

test("names the Secret that only the cluster has, without a value", () => {
  const read = reading([], { "Secret shop/auth": { state: "elsewhere" } });
  const env = [
    { name: "B", ...secretKey("auth", "key") },
    { name: "A", value: "$(B)" },
  ];

  expect(lookUp(scope({ env }, read), "A")).toEqual({
    ...{ state: "set", value: null },
    source: { from: "Secret", namespace: "shop", name: "auth", key: "key" },
  });
});

test("reads no source that the answer does not depend on", () => {
  const asked: string[] = [];
  const env = [
    { name: "OTHER", ...secretKey("other", "A") },
    { name: "A", ...secretKey("auth", "A") },
  ];

  const read: ReadData = (ref) => {
    asked.push(ref.name);
    return reading(objects)(ref);
  };
  lookUp(scope({ env, envFrom: [{ secretRef: { name: "whole" } }] }, read), "A");

  expect(asked).toEqual(["auth"]);
});
