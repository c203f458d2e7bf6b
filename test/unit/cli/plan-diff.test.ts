import { expect, test } from "@jest/globals";
import { diffLines, diffText, viewsOf } from "../../../cli/plan-diff.ts";
import type { FieldSet, LiveObject } from "../../../operator/cluster/cluster.ts";
import type { KubeObject } from "../../../synth/render.ts";

const desired: KubeObject = {
  apiVersion: "batch/v1",
  kind: "CronJob",
  metadata: {
    name: "web",
    namespace: "ksnapshot",
    labels: { ours: "1" },
    annotations: { "ksnapshot.clickandmortar.fr/owner": "shop/web" },
  },
  spec: {
    schedule: "0 5 * * *",
    containers: [{ name: "job", image: "dumper:1", env: [{ name: "HOST", value: "web" }], command: ["a", "b"] }],
  },
};

function secret(data: Readonly<Record<string, string>>): KubeObject {
  return { apiVersion: "v1", kind: "Secret", metadata: { name: "s", namespace: "ksnapshot" }, data };
}

/** @param owned by an apply of ours. Null: the object was never applied by us */
function live(object: KubeObject, owned: FieldSet | null): LiveObject {
  const entry = { manager: "ksnapshot", operation: "Apply", fieldsV1: owned ?? {} };
  const metadata = { ...object.metadata, namespace: "ksnapshot", uid: "1", resourceVersion: "7" };
  return { ...object, metadata: { ...metadata, managedFields: owned === null ? [] : [entry] } };
}

/** The lines that go and come. */
function changed(from: LiveObject | null, to: KubeObject | null): readonly string[] {
  return diffLines(viewsOf(to, from))
    .filter((line) => /^[-+]/.test(line))
    .map((line) => line.replace(/^(.) +/, "$1 "));
}

function spec(overrides: object, container: object = {}): KubeObject {
  const containers = [
    { name: "job", image: "dumper:1", env: [{ name: "HOST", value: "web" }], command: ["a", "b"], ...container },
  ];
  return { ...desired, spec: { schedule: "0 5 * * *", containers, ...overrides } };
}

test.each<[string, LiveObject, readonly string[]]>([
  ["nothing of an object that is as desired", live(desired, {}), []],
  [
    "a field that changes",
    live(spec({ schedule: "0 3 * * *" }), {}),
    ["- schedule: 0 3 * * *", "+ schedule: 0 5 * * *"],
  ],
  [
    "no default of the API server",
    live(spec({ suspend: false, nested: { terminationGracePeriodSeconds: 30 } }), {}),
    [],
  ],
  [
    "a field of ours that we no longer want",
    live(spec({ suspend: false }), { "f:spec": { "f:suspend": {} } }),
    ["- suspend: false"],
  ],
  [
    "no variable of somebody else",
    live(
      spec(
        {},
        {
          env: [
            { name: "HOST", value: "web" },
            { name: "MORE", value: "1" },
          ],
        },
      ),
      {},
    ),
    [],
  ],
  [
    "a variable of ours that we no longer want",
    live(
      spec(
        {},
        {
          env: [
            { name: "HOST", value: "web" },
            { name: "MORE", value: "1" },
          ],
        },
      ),
      {
        "f:spec": { "f:containers": { 'k:{"name":"job"}': { "f:env": { 'k:{"name":"MORE"}': { "f:name": {} } } } } },
      },
    ),
    ["- - name: MORE", '- value: "1"'],
  ],
  [
    "every variable of an object that is yet to be taken over, and none of its defaults",
    live(
      spec(
        { suspend: false },
        {
          env: [
            { name: "HOST", value: "web" },
            { name: "MORE", value: "1" },
          ],
        },
      ),
      null,
    ),
    ["- - name: MORE", '- value: "1"'],
  ],
  ["a list that has no keys as a whole", live(spec({}, { command: ["a", "c"] }), {}), ["- - c", "+ - b"]],
])("shows %s", (_, from, expected) => {
  expect(changed(from, desired)).toEqual(expected);
});

test("shows that a value of a Secret is another, and never a value", () => {
  const views = viewsOf(
    secret({ A: "c2FtZQ==", B: "bmV3" }),
    live(secret({ A: "c2FtZQ==", B: "b2xk", C: "Z29uZQ==" }), null),
  );

  expect(diffLines(views).map((line) => line.trimEnd())).toEqual([
    '   A: "[redacted]"',
    '-  B: "[redacted, and another value]"',
    '-  C: "[redacted, and another value]"',
    '+  B: "[redacted]"',
  ]);
  expect(JSON.stringify(views)).not.toMatch(/c2FtZQ|bmV3|b2xk|Z29uZQ/);
});

test("shows no annotation of others: kubectl keeps whole Secrets in one", () => {
  const from = secret({ A: "c2FtZQ==" });
  const metadata = {
    ...from.metadata,
    annotations: { "kubectl.kubernetes.io/last-applied-configuration": "c2FtZQ==" },
  };

  for (const to of [secret({ A: "c2FtZQ==" }), null]) {
    const views = viewsOf(to, live({ ...from, metadata }, null));
    expect(JSON.stringify(views)).not.toContain("c2FtZQ");
  }
});

test("a new object is all new in a unified diff, and a removed one all gone", () => {
  expect(diffText(viewsOf(desired, null), "CronJob/web")).toMatch(
    /^--- \/dev\/null\n\+\+\+ CronJob\/web\n@@ -0,0 \+1,\d+ @@\n\+/,
  );
  expect(diffText(viewsOf(null, live(desired, {})), "CronJob/web")).toMatch(
    /^--- CronJob\/web\n\+\+\+ \/dev\/null\n@@ -1,\d+ \+0,0 @@\n-/,
  );
});
