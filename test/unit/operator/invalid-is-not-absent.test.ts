import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { fieldManager, managedBy } from "../../../contract/labels.ts";
import type { LiveObject } from "../../../operator/cluster/cluster.ts";
import type { PlanConfig } from "../../../operator/config.ts";
import { changesBetween } from "../../../operator/plan/changes.ts";
import type { DataReading, NamespaceReading } from "../../../operator/plan/observed.ts";
import type { OwnerReading } from "../../../operator/plan/ownership.ts";
import { planSnapshots } from "../../../operator/plan/snapshots.ts";
import { cronJobName } from "../../../synth/names.ts";
import type { KubeObject } from "../../../synth/render.ts";
import { observedNamespace, podObject, reading, replicaSetObject } from "../../support/observed.ts";
import { planConfig } from "../../support/plan-config.ts";
import { databaseObjects, secretObject, serviceObject, workloadObject } from "../../support/workloads.ts";

/** The rows of the table in docs/discovery.md: what happened, what the CronJob is, and as what it is told. */
const rows = readFileSync(fileURLToPath(new URL("../../../docs/discovery.md", import.meta.url)), "utf8")
  .split("## What becomes of a schedule that exists")[1]
  ?.split("\n")
  .filter((line) => line.startsWith("|"))
  .slice(2)
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

interface Situation {
  readonly objects?: readonly KubeObject[];
  /** Default: the namespace `shop` with the objects. */
  readonly readings?: readonly NamespaceReading[];
  readonly owners?: Readonly<Record<string, OwnerReading>>;
  readonly secrets?: Readonly<Record<string, DataReading>>;
  readonly config?: Partial<PlanConfig>;
  /** The owner's kind that the CronJob names. Default: Deployment. */
  readonly kind?: string;
  /** What stands in the control namespace. Default: all that the jobs need. */
  readonly control?: readonly KubeObject[];
}

const bucket: KubeObject = {
  ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "ksnapshot-cm", namespace: "ksnapshot" } },
  data: { S3_BUCKET: "b" },
};
const keys = secretObject("ksnapshot-secret", "ksnapshot", { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "key" });
const silent = { enabled: null, type: null, schedule: null };
const ofWeb = { kind: "ReplicaSet", name: "web-1" };
const webSet = replicaSetObject("web-1", { kind: "Deployment", name: "web" });

const annotated = (annotations: Readonly<Record<string, string | null>>): Situation => ({
  objects: databaseObjects("web", { annotations }),
});
const withContainer = (container: object): Situation => ({ objects: databaseObjects("web", { container }) });
const without = (kind: string): Situation => ({ objects: databaseObjects("web").filter((one) => one.kind !== kind) });

const rest = { type: "postgresql", schedule: "@daily" };
const byHand = (old: Record<string, string>, young: Record<string, string>): Situation => ({
  objects: [
    ...databaseObjects("web", { annotations: silent }),
    webSet,
    annotatedPod("web-1-a", old, "2026-01-01T00:00:00Z"),
    annotatedPod("web-1-b", young, "2026-02-01T00:00:00Z"),
  ],
});
const withPrefix = (prefix: string): Situation => {
  const pod = podObject("web-1-a", { owner: ofWeb });
  const annotations = { [`${prefix}/enabled`]: "true" };
  return {
    objects: [
      ...databaseObjects("web", { annotations: silent }),
      webSet,
      { ...pod, metadata: { ...pod.metadata, annotations } },
    ],
  };
};

const situations: Readonly<Record<string, Situation>> = {
  '`enabled` is `"false"`': annotated({ enabled: "false" }),
  "the annotations are taken away, and pods run": {
    objects: [workloadObject("web", { annotations: silent }), webSet, podObject("web-1-a", { owner: ofWeb })],
  },
  "the prefix of every annotation is misspelt, and pods run": withPrefix("ksnapshot.clickandmortar.com"),
  "the API server says that the owner does not exist": {
    objects: [],
    owners: { "Deployment shop/web": { state: "gone" } },
  },
  '`enabled` is neither `"true"` nor `"false"`': annotated({ enabled: "yes" }),
  "`enabled` is taken away, and other keys of ours stay": annotated({ enabled: null }),
  "the key `enabled` itself is misspelt": annotated({ enabled: null, Enabled: "true" }),
  "the key `enabled` itself is misspelt on pods annotated by hand": byHand(
    { enable: "true", ...rest },
    { enable: "true", ...rest },
  ),
  "pods annotated by hand, the youngest of which came back bare": byHand({ enabled: "true", ...rest }, {}),
  "pods annotated by hand, one of which says that none are wanted": byHand(
    { enabled: "true", ...rest },
    { enabled: "false" },
  ),
  "pods annotated by hand, of which only ended ones without a word are left": {
    objects: [
      ...databaseObjects("web", { annotations: silent }),
      webSet,
      podObject("web-1-a", { owner: ofWeb, phase: "Failed" }),
    ],
  },
  "a required annotation is taken away": annotated({ type: null }),
  "an annotation has a value that it cannot have": annotated({ schedule: "often" }),
  "an annotation is misspelt": annotated({ shedule: "@daily" }),
  "a recipient without a word on encryption": annotated({
    "encryption-recipient": "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
  }),
  "encryption without a recipient": annotated({ "encryption-enabled": "true" }),
  "the image is one of another engine": withContainer({ image: "mysql:8" }),
  "the image has a version that is not supported": withContainer({ image: "postgres:12" }),
  "the operator has no image for the engine": { objects: databaseObjects("web"), config: { images: {} } },
  "nothing names the PostgreSQL database": withContainer({ env: [{ name: "POSTGRES_PASSWORD", value: "p" }] }),
  "several containers could be the database's": {
    objects: databaseObjects("web").map((one) => (one.kind === "Deployment" ? withTwin(one) : one)),
  },
  "the annotation `container` names none": annotated({ container: "no" }),
  "the Service is deleted": without("Service"),
  "a second Service leads to the database": {
    objects: [...databaseObjects("web"), serviceObject("second", "shop", { selector: { app: "web" } })],
  },
  "the Service's port leads elsewhere": {
    objects: [...(without("Service").objects ?? []), serviceObject("web", "shop", { ports: [{ port: 80 }] })],
  },
  "the Secret with the password is deleted": without("Secret"),
  "the Secret with the password may not be read": {
    ...without("Secret"),
    secrets: { "Secret shop/web": { state: "unreadable", problem: "403 forbidden" } },
  },
  "the password is in a file that only the container can read": withContainer({
    env: [{ name: "POSTGRES_PASSWORD_FILE", value: "/pw" }],
  }),
  "the password is not UTF-8": {
    objects: [
      ...(without("Secret").objects ?? []),
      { ...secretObject("web"), data: { username: "c2hvcA==", password: "/w==" } },
    ],
  },
  "another workload wants the same CronJob": {
    objects: [...databaseObjects("web"), workloadObject("web", { kind: "StatefulSet" })],
  },
  "the namespace cannot be read": { readings: [{ ok: false, name: "shop", problem: "403 forbidden" }] },
  "the namespace is not watched any more": {
    readings: [{ ok: true, namespace: observedNamespace([], "billing") }],
  },
  "the workload has no pods, and its template says it all": { objects: databaseObjects("web", { replicas: 0 }) },
  "the workload has no pods, and only they were annotated": {
    objects: [workloadObject("web", { annotations: silent })],
  },
  "its pods are annotated differently": byHand(
    { enabled: "true", ...rest },
    { enabled: "true", ...rest, schedule: "@weekly" },
  ),
  "the owner is in no list, and exists": { objects: [], owners: { "Deployment shop/web": { state: "there" } } },
  "the owner is in no list, and may not be read": {
    objects: [],
    owners: { "Deployment shop/web": { state: "unreadable", problem: "403 forbidden" } },
  },
  "the owner is of a kind that the operator does not know, and has no pods": { objects: [], kind: "Cluster" },
  "the bucket's ConfigMap is deleted": { objects: databaseObjects("web"), control: [keys] },
  "the bucket's Secret is deleted": { objects: databaseObjects("web"), control: [bucket] },
};

test("the table of docs/discovery.md has every situation, and no other", () => {
  expect(rows?.map(([what]) => what)).toEqual(Object.keys(situations));
});

test.each(rows ?? [])("when %s the CronJob is %s, told as: %s", (what = "", fate, code) => {
  const situation = situations[what] ?? {};
  const { objects = [], control = [bucket, keys], owners = {}, secrets = {} } = situation;
  const readings = situation.readings ?? [{ ok: true as const, namespace: observedNamespace(objects) }];
  const cronJob = existing(situation.kind ?? "Deployment");

  const planned = planSnapshots(readings, planConfig(situation.config), reading([...objects, ...control], secrets));
  const owned = { cronJobs: [cronJob], secrets: [], jobs: [], others: [], unreadable: new Map<string, string>() };
  const changes = changesBetween(planned, owned, readings, new Map(Object.entries(owners)));

  const applied = changes.apply.flat().some(({ desired }) => desired.metadata.name === cronJob.metadata.name);
  const pruned = changes.prune.some(({ object }) => object === cronJob);
  expect(applied ? "updated" : pruned ? "removed" : "kept").toBe(fate);
  expect([...new Set(changes.diagnostics.map((one) => one.code))].join(", ")).toBe(code);
});

/** As an earlier pass made it, of another schedule than any of the situations has. */
function existing(kind: string): LiveObject {
  const prefix = "ksnapshot.clickandmortar.fr/";
  return {
    ...{ apiVersion: "batch/v1", kind: "CronJob" },
    metadata: {
      ...{ name: cronJobName("postgresql", "shop", "web"), namespace: "ksnapshot", uid: "1", resourceVersion: "1" },
      labels: managedBy,
      annotations: { [`${prefix}owner`]: "shop/web", [`${prefix}owner-kind`]: kind },
      managedFields: [{ manager: fieldManager, operation: "Apply", fieldsV1: {} }],
    },
    spec: { schedule: "1 2 3 4 5" },
  };
}

function annotatedPod(name: string, annotations: Record<string, string>, createdAt: string): KubeObject {
  const labels = { app: "web" };
  const pod = podObject(name, { annotations, owner: ofWeb, labels, createdAt });
  const env = [
    { name: "POSTGRES_PASSWORD", value: "p" },
    { name: "POSTGRES_DB", value: "shop" },
  ];
  const ports = [{ name: "sql", containerPort: 5432 }];
  return { ...pod, spec: { containers: [{ name: "db", image: "postgres:16", env, ports }] } };
}

function withTwin(workload: KubeObject): KubeObject {
  const spec = workload["spec"] as {
    template: { metadata: object; spec: { containers: readonly { name: string }[] } };
  };
  const [container] = spec.template.spec.containers;
  const containers = ["one", "twin"].map((name) => ({ ...container, name }));
  return { ...workload, spec: { ...spec, template: { ...spec.template, spec: { containers } } } };
}
