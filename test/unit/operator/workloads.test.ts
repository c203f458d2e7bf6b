import { expect, test } from "@jest/globals";
import { findWorkloads } from "../../../operator/plan/workloads.ts";
import type { KubeObject } from "../../../synth/render.ts";
import { observedNamespace, podObject, replicaSetObject } from "../../support/observed.ts";
import { workloadObject } from "../../support/workloads.ts";

const unannotated = { annotations: { enabled: null, type: null, schedule: null } };
const web = { kind: "Deployment", name: "web" };
const webSet = replicaSetObject("web-1", web);
const ofWebSet = { kind: "ReplicaSet", name: "web-1" };

test.each<[string, KubeObject[], string[]]>([
  ["a Deployment by its pod and ReplicaSet", [podObject("web-1-a", { owner: ofWebSet }), webSet], ["Deployment web"]],
  ["a StatefulSet by its pod", [podObject("db-0", { owner: { kind: "StatefulSet", name: "db" } })], ["StatefulSet db"]],
  ["a DaemonSet by its pod", [podObject("ds-x", { owner: { kind: "DaemonSet", name: "ds" } })], ["DaemonSet ds"]],
  [
    "a controller of a stranger's kind",
    [podObject("pg-1", { owner: { kind: "Cluster", name: "pg" } })],
    ["Cluster pg"],
  ],
  [
    "a Rollout by its ReplicaSet",
    [podObject("web-1-a", { owner: ofWebSet }), replicaSetObject("web-1", { kind: "Rollout", name: "web" })],
    ["Rollout web"],
  ],
  [
    "a ReplicaSet of nobody",
    [podObject("web-1-a", { owner: ofWebSet }), replicaSetObject("web-1", null)],
    ["ReplicaSet web-1"],
  ],
  [
    "a StatefulSet of Kubernetes' own group, whatever its version",
    [podObject("db-0", { owner: { kind: "StatefulSet", name: "db", apiVersion: "apps/v1beta2" } })],
    ["StatefulSet db"],
  ],
  [
    "a namesake of Kubernetes' StatefulSet with its group, since it is not to be asked for as that",
    [podObject("db-0", { owner: { kind: "StatefulSet", name: "db", apiVersion: "apps.kruise.io/v1beta1" } })],
    ["StatefulSet.apps.kruise.io db"],
  ],
  ["a bare Pod", [podObject("alone")], ["Pod alone"]],
  [
    "a Deployment once, however many pods it has",
    [
      workloadObject("web"),
      webSet,
      podObject("web-1-a", { owner: ofWebSet }),
      podObject("web-1-b", { owner: ofWebSet }),
    ],
    ["Deployment web"],
  ],
  ["an annotated Deployment without pods", [workloadObject("web", { replicas: 0 })], ["Deployment web"]],
])("finds %s", (_, objects, owners) => {
  const { workloads } = findWorkloads(observedNamespace(objects));

  expect(workloads.map(({ owner }) => `${owner.kind} ${owner.name}`)).toEqual(owners);
});

test("lets the template speak where it carries our prefix, over its pods", () => {
  const pod = podObject("web-1-a", { owner: ofWebSet, annotations: { schedule: "@hourly" } });

  const { workloads, diagnostics } = findWorkloads(observedNamespace([workloadObject("web"), webSet, pod]));

  expect(scheduleOf(workloads)).toEqual(["0 3 * * *"]);
  expect(diagnostics).toEqual([]);
});

test.each<[string, Parameters<typeof podObject>[1], string]>([
  ["the youngest of the live pods", {}, "@weekly"],
  ["a live pod over a younger one that has failed", { phase: "Failed" }, "@daily"],
  ["a live pod over a younger one that has succeeded", { phase: "Succeeded" }, "@daily"],
  ["a live pod over a younger one that is being deleted", { isBeingDeleted: true }, "@daily"],
  ["a pod that is pending as well as one that runs", { phase: "Pending" }, "@weekly"],
])("lets pods speak where the template does not: %s", (_, younger, schedule) => {
  const old = podObject("web-1-a", { owner: ofWebSet, annotations: { schedule: "@daily" } });
  const young = podObject("web-1-b", {
    ...{ owner: ofWebSet, annotations: { schedule: "@weekly" }, createdAt: "2026-02-01T00:00:00Z" },
    ...younger,
  });

  const { workloads } = findWorkloads(observedNamespace([workloadObject("web", unannotated), webSet, old, young]));

  expect(scheduleOf(workloads)).toEqual([schedule]);
});

test("lets a pod that has ended speak when there is no other", () => {
  const { workloads } = findWorkloads(
    observedNamespace([podObject("alone", { annotations: { schedule: "@daily" }, phase: "Failed" })]),
  );

  expect(scheduleOf(workloads)).toEqual(["@daily"]);
});

test("warns where live pods disagree, and names those that do not count", () => {
  const pods = [
    podObject("web-1-a", { owner: ofWebSet, annotations: { schedule: "@daily" } }),
    podObject("web-1-b", { owner: ofWebSet, annotations: { schedule: "@weekly" }, createdAt: "2026-02-01T00:00:00Z" }),
  ];

  const { diagnostics } = findWorkloads(observedNamespace([webSet, ...pods]));

  expect(diagnostics).toMatchObject([{ code: "pods-disagree", subject: { kind: "Deployment", name: "web" } }]);
  expect(diagnostics[0]?.problem).toContain("web-1-a");
});

test.each<[string, KubeObject[]]>([
  ["without pods", []],
  ["whose pods have all ended", [podObject("web-1-a", { owner: ofWebSet, phase: "Failed" })]],
])("does not take a workload %s, and without a word of ours, for one that wants nothing", (_, pods) => {
  const found = findWorkloads(observedNamespace([workloadObject("web", unannotated), webSet, ...pods]));

  expect(found.workloads).toEqual([]);
  expect(found.unknown).toMatchObject([{ owner: { kind: "Deployment", name: "web" }, diagnostics: [] }]);
});

test.each<[string, Record<string, string>, Record<string, string>, string]>([
  ["the youngest came back bare", { enabled: "true" }, {}, 'no key of ours (young), "true" (old)'],
  ["the oldest was forgotten", {}, { enabled: "true" }, '"true" (young), no key of ours (old)'],
  ["one says that it wants none", { enabled: "true" }, { enabled: "false" }, '"false" (young), "true" (old)'],
  [
    "one lacks the key",
    { enabled: "true" },
    { schedule: "@daily" },
    '"true" (old), keys of ours without enabled (young)',
  ],
])("does not choose among live pods that disagree on enabled: %s", (_, old, young, told) => {
  const pods = [
    podObject("old", { owner: ofWebSet, annotations: old }),
    podObject("young", { owner: ofWebSet, annotations: young, createdAt: "2026-02-01T00:00:00Z" }),
  ];

  const found = findWorkloads(observedNamespace([workloadObject("web", unannotated), webSet, ...pods]));

  expect(found.workloads).toEqual([]);
  const [unknown] = found.unknown;
  expect(unknown?.diagnostics).toMatchObject([{ code: "enabled-undecided", subject: { name: "web" } }]);
  for (const part of told.split(/(?<=\)), /)) expect(unknown?.diagnostics[0]?.problem).toContain(part);
});

test.each<[string, Record<string, string>, string]>([
  ["another top level", { "ksnapshot.clickandmortar.com/enabled": "true" }, "ksnapshot.clickandmortar.com/enabled"],
  [
    "two of them, told once",
    { "ksnapshots.clickandmortar.fr/type": "mysql", "ksnapshots.clickandmortar.fr/enabled": "true" },
    "ksnapshots.clickandmortar.fr/enabled",
  ],
])("warns of a prefix that is nearly ours, on a template and on a pod: %s", (_, annotations, field) => {
  const template = workloadObject("web", unannotated);
  const written = JSON.parse(JSON.stringify(template)) as {
    spec: { template: { metadata: { annotations: Record<string, string> } } };
  } & KubeObject;
  written.spec.template.metadata.annotations = annotations;
  const pod = podObject("alone");
  const annotated = { ...pod, metadata: { ...pod.metadata, annotations } };

  for (const object of [written, annotated]) {
    const { diagnostics } = findWorkloads(observedNamespace([object]));

    expect(diagnostics).toMatchObject([{ code: "annotation-prefix-unknown", field }]);
  }
});

test("warns of annotations on the owner itself, unless its pod template has some too", () => {
  const misplaced = (options: Parameters<typeof workloadObject>[1]) => {
    const object = workloadObject("web", options);
    const annotations = { "ksnapshot.clickandmortar.fr/enabled": "true" };
    return { ...object, metadata: { ...object.metadata, annotations } };
  };
  const codes = (object: KubeObject) => findWorkloads(observedNamespace([object])).diagnostics.map(({ code }) => code);

  expect(codes(misplaced(unannotated))).toEqual(["annotation-misplaced"]);
  expect(codes(misplaced({}))).toEqual([]);
});

test("reports an annotated pod whose ReplicaSet is not there, and no other", () => {
  const pods = [
    podObject("lost", { owner: ofWebSet, annotations: { enabled: "true" } }),
    podObject("other", { owner: ofWebSet }),
  ];

  const { workloads, diagnostics } = findWorkloads(observedNamespace(pods));

  expect(workloads).toEqual([]);
  expect(diagnostics).toMatchObject([{ code: "owner-unknown", subject: { kind: "Pod", name: "lost" } }]);
});

test("takes the template's labels, and without a template those that all pods have in common", () => {
  const cluster = { kind: "Cluster", name: "pg" };
  const pod = (name: string, role: string) => podObject(name, { owner: cluster, labels: { cluster: "pg", role } });

  const [byPods] = findWorkloads(observedNamespace([pod("pg-1", "primary"), pod("pg-2", "replica")])).workloads;
  const [byTemplate] = findWorkloads(observedNamespace([workloadObject("web")])).workloads;

  expect(byPods).toMatchObject({ labels: { cluster: "pg" }, hasTemplate: false, podLabels: [{}, {}] });
  expect(byPods?.labels).not.toHaveProperty("role");
  expect(byTemplate).toMatchObject({ labels: { app: "web" }, hasTemplate: true, podLabels: [] });
});

function scheduleOf(workloads: ReturnType<typeof findWorkloads>["workloads"]) {
  return workloads.map(({ annotations }) => annotations["ksnapshot.clickandmortar.fr/schedule"]);
}
