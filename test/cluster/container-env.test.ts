import { afterAll, beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { lookUp } from "../../operator/plan/container-env.ts";
import { scopeOf } from "../../operator/plan/container-scope.ts";
import { findWorkloads, type Workload } from "../../operator/plan/workloads.ts";
import type { KubeObject } from "../../synth/render.ts";
import { type Cluster, startNode } from "../bed/cluster.ts";
import { until } from "../bed/wait.ts";
import { observedNamespace, reading, revealed } from "../support/observed.ts";

const minutes = 60_000;
const namespace = "shop";
const containersPerPod = 20;
const runningPods = 10;

/** Names that a shell takes, and names that only Kubernetes does: https://kep.k8s.io/4369 */
const names = ["A", "B", "C", "D", "X_A", "X_B", "lower", "a.b", "A-B", "1ST", "a b", "A:B", "{A}"];
/** A key of a ConfigMap or Secret may have fewer characters than a name. */
const keys = ["A", "B", "C", "X_A", "lower", "a.b", "A-B", "1ST"];
const texts = [
  ...[
    "",
    "plain",
    " blanks around ",
    "two\nlines\n",
    "tab\tand é 🐘",
    'quote\'s "and" \\slash',
    "=a=b=",
    "$",
    "$$",
    "$$$",
  ],
  ...[
    "$(A)",
    "<$(B)>",
    "$(A)$(X_A)",
    "$$(A)",
    "$$$(A)",
    "$(A",
    "$()",
    "$(NOT_THERE)",
    "$(a b)",
    "$(A)$",
    "$($(A))",
    "$x$(B)",
  ],
];

const sources: readonly KubeObject[] = [
  configMap("settings", { A: "settings A", B: "$(A) is not expanded here", "a.b": "dotted", "1ST": "first" }),
  configMap("more", { A: "more A", C: "", X_A: "more X_A", lower: "two\nlines" }),
  secret("auth", { A: "auth A $$", B: "p4ss$(A)word", "A-B": "dashed" }),
  secret("extra", { C: "é 🐘", lower: "", X_A: "extra X_A" }),
];
const kinds = { settings: "configMap", more: "configMap", auth: "secret", extra: "secret" } as const;

const name = fc.constantFrom(...names);
const source = fc.constantFrom("settings", "more", "auth", "extra");
const literal = fc.record({ name, value: fc.constantFrom(...texts) });
const bare = fc.record({ name });
/** Of one that is there, so that the container can start; or optional, whether it is there or not. */
const keyRef = fc
  .record({ name, source, key: fc.constantFrom(...keys), isAbsent: fc.boolean() })
  .map(({ name: variable, source: from, key, isAbsent }) => {
    const ref = { name: isAbsent ? "absent" : from, key, optional: true };
    return { name: variable, valueFrom: { [`${kinds[from]}KeyRef`]: ref } };
  });
const field = fc
  .record({
    name,
    fieldPath: fc.constantFrom(
      ...["metadata.namespace", "metadata.name", "spec.serviceAccountName"],
      ...["metadata.labels['app']", "metadata.labels['no']", "metadata.annotations['note']"],
    ),
  })
  .map(({ name: variable, fieldPath }) => ({ name: variable, valueFrom: { fieldRef: { fieldPath } } }));
const whole = fc
  .record({ source, isAbsent: fc.boolean(), prefix: fc.constantFrom(undefined, "", "X_", "1", "a b ") })
  .map(({ source: from, isAbsent, prefix }) => ({
    ...(prefix === undefined ? {} : { prefix }),
    [`${kinds[from]}Ref`]: { name: isAbsent ? "absent" : from, optional: isAbsent },
  }));
const environment = fc.record({
  env: fc.array(fc.oneof({ arbitrary: literal, weight: 4 }, keyRef, field, bare), { maxLength: 8 }),
  envFrom: fc.array(whole, { maxLength: 3 }),
});

const generated = fc.sample(environment, { numRuns: containersPerPod * runningPods, seed: 20_260_101 });
const pods = Array.from({ length: runningPods }, (_, index) =>
  podOf(`env-${String(index)}`, generated.slice(index * containersPerPod, (index + 1) * containersPerPod)),
);
/** Each has one reference that its container cannot do without, and that is not there. */
const missing = [
  { env: [{ name: "A", valueFrom: { secretKeyRef: { name: "absent", key: "A" } } }] },
  { env: [{ name: "A", valueFrom: { secretKeyRef: { name: "auth", key: "NO" } } }] },
  { env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "absent", key: "A" } } }] },
  { env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "settings", key: "NO" } } }] },
  { env: [], envFrom: [{ secretRef: { name: "absent" } }] },
  { env: [], envFrom: [{ configMapRef: { name: "absent" } }] },
];
const waiting = podOf("waiting", missing);

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startNode();
  await cluster.kubectl(["create", "namespace", namespace]);
  const items = [...sources, ...pods, waiting];
  await until("the namespace's own account", minutes, () =>
    cluster.kubectl(["-n", namespace, "get", "serviceaccount", "default"]).then(
      () => true,
      () => false,
    ),
  );
  await cluster.kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
}, 10 * minutes);

afterAll(() => cluster.stop(), minutes);

test.each(pods.map((pod) => [pod.metadata.name, pod] as const))(
  "every container of %s has the variables that are looked up",
  async (podName, pod) => {
    await cluster.kubectl([
      ...["-n", namespace, "wait", `pod/${podName}`, "--timeout=240s", "--for=jsonpath={.status.phase}=Succeeded"],
    ]);
    const printed = await environmentsOf(podName);
    const workload = workloadOf(pod);

    expect([...printed.keys()].sort()).toEqual(workload.containers.map((container) => container.name).sort());
    for (const container of workload.containers) {
      const scope = scopeOf(workload, container, reading(sources));
      const actual = printed.get(container.name) ?? new Map<string, string>();
      const known = [...new Set([...names, ...actual.keys()])].filter((one) => !isInjected(one));
      const lookedUp = known.map((one) => [one, valueOf(lookUp(scope, one))] as const);

      expect({ container, values: Object.fromEntries(lookedUp) }).toEqual({
        container,
        values: Object.fromEntries(known.map((one) => [one, actual.get(one) ?? null])),
      });
    }
  },
  5 * minutes,
);

test(
  "no container starts of which a reference is missing, and looking it up fails",
  async () => {
    const reasons = await until("all containers to be refused", minutes, async () => {
      const path = "jsonpath={.status.containerStatuses[*].state.waiting.reason}";
      const found = (await cluster.kubectl(["-n", namespace, "get", "pod/waiting", "-o", path])).split(" ");
      return found.filter((reason) => reason === "CreateContainerConfigError").length === missing.length && found;
    });
    const workload = workloadOf(waiting);

    expect(reasons).toHaveLength(missing.length);
    for (const container of workload.containers) {
      const variable = lookUp(scopeOf(workload, container, reading(sources)), "A");
      expect(variable).toMatchObject({ state: "failed", code: "credential-missing" });
    }
  },
  2 * minutes,
);

test("the containers have what it is about", () => {
  const text = JSON.stringify(generated);
  const duplicates = generated.filter(({ env }) => new Set(env.map((entry) => entry.name)).size < env.length);

  for (const part of ["fieldRef", "secretKeyRef", "configMapRef", '"prefix":"X_"', '"absent"', "$(A)", '"a b"']) {
    expect(text.split(part).length).toBeGreaterThan(5);
  }
  expect(duplicates.length).toBeGreaterThan(40);
});

/** What the kubelet and the image add to every container. */
function isInjected(variable: string): boolean {
  return /^(PATH|HOSTNAME|HOME|KUBERNETES_.*)$/.test(variable);
}

function valueOf(variable: ReturnType<typeof lookUp>): string | null {
  return variable.state === "set" ? revealed(variable.value) : variable.state === "unset" ? null : variable.problem;
}

/** By container, as its first process was given them. */
async function environmentsOf(pod: string): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const args = ["-n", namespace, "logs", `pod/${pod}`, "--all-containers", "--prefix", "--tail=-1"];
  const lines = [...(await cluster.kubectl(args)).matchAll(/^\[pod\/[^/]+\/([^\]]+)\] (.*)$/gm)];
  const byContainer = Map.groupBy(lines, ([, container = ""]) => container);
  return new Map(
    [...byContainer].map(([container, parts]) => {
      const bytes = Buffer.from(parts.map(([, , base64 = ""]) => base64).join(""), "base64");
      const entries = bytes
        .toString()
        .split("\0")
        .filter((entry) => entry !== "");
      return [container, new Map(entries.map(splitEntry))] as const;
    }),
  );
}

function splitEntry(entry: string): [string, string] {
  const equals = entry.indexOf("=");
  return [entry.slice(0, equals), entry.slice(equals + 1)];
}

function workloadOf(pod: KubeObject): Workload {
  const [workload] = findWorkloads(observedNamespace([pod], namespace)).workloads;
  if (workload === undefined) throw new Error("the pod is no workload");
  return workload;
}

function podOf(podName: string, environments: readonly object[]): KubeObject {
  return {
    ...{ apiVersion: "v1", kind: "Pod" },
    metadata: { name: podName, namespace, labels: { app: podName }, annotations: { note: "a $(A) note\n" } },
    spec: {
      ...{ restartPolicy: "Never", enableServiceLinks: false, automountServiceAccountToken: false },
      containers: environments.map((variables, index) => ({
        ...{ name: `c${String(index)}`, image: "localhost/shell:1", imagePullPolicy: "Never" },
        command: ["base64", "/proc/self/environ"],
        ...variables,
      })),
    },
  };
}

function configMap(objectName: string, data: Readonly<Record<string, string>>): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name: objectName, namespace }, data };
}

function secret(objectName: string, data: Readonly<Record<string, string>>): KubeObject {
  const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")] as const);
  const object = { apiVersion: "v1", kind: "Secret", metadata: { name: objectName, namespace } };
  return { ...object, data: Object.fromEntries(encoded) };
}
