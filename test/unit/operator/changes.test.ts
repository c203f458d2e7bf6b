import { expect, test } from "@jest/globals";
import { fieldManager, managedBy } from "../../../contract/labels.ts";
import type { LiveObject } from "../../../operator/cluster/cluster.ts";
import { changesBetween, type Owned } from "../../../operator/plan/changes.ts";
import type { DataReading, NamespaceReading } from "../../../operator/plan/observed.ts";
import { type OwnerReading, ownersToRead } from "../../../operator/plan/ownership.ts";
import { planSnapshots } from "../../../operator/plan/snapshots.ts";
import { cronJobName } from "../../../synth/names.ts";
import type { KubeObject } from "../../../synth/render.ts";
import { observedNamespace, reading } from "../../support/observed.ts";
import { planConfig } from "../../support/plan-config.ts";
import { databaseObjects, workloadObject } from "../../support/workloads.ts";

const config = planConfig({ destination: { kind: "directory", claimName: "snapshots" } });
const name = cronJobName("postgresql", "shop", "web");
const nothing: Owned = { cronJobs: [], secrets: [], jobs: [], others: [], unreadable: new Map() };

interface Situation {
  readonly objects?: readonly KubeObject[];
  readonly owned?: Partial<Owned>;
  readonly readings?: readonly NamespaceReading[];
  readonly owners?: Readonly<Record<string, OwnerReading>>;
  /** Of Secrets that are not among the objects. */
  readonly data?: Readonly<Record<string, DataReading>>;
}

function changes({ objects = [], owned = {}, readings, owners = {}, data = {} }: Situation) {
  const read = readings ?? [{ ok: true, namespace: observedNamespace(objects) }];
  const planned = planSnapshots(read, config, reading(objects, data));
  const changes = changesBetween(planned, { ...nothing, ...owned }, read, new Map(Object.entries(owners)));
  return {
    applied: changes.apply.map((group) => group.map(({ desired }) => desired.kind)),
    pruned: changes.prune.map(({ object, reason }) => `${object.kind} ${reason}`),
    held: changes.held.map(({ reason }) => reason),
    codes: changes.diagnostics.map(({ code }) => code),
  };
}

const gone: OwnerReading = { state: "gone" };
const off = workloadObject("web", { annotations: { enabled: "false" } });
const invalid = { annotations: { enabled: "maybe" } };
const silent = workloadObject("web", { annotations: { enabled: null, type: null, schedule: null } });
const locked: NamespaceReading = { ok: false, name: "shop", problem: "403 forbidden" };
const elsewhere: NamespaceReading = { ok: true, namespace: observedNamespace([], "billing") };

test("applies the Secret before the CronJob that refers to it", () => {
  expect(changes({ objects: databaseObjects("web") }).applied).toEqual([["Secret", "CronJob"]]);
});

test.each<[string, Situation, string]>([
  ["that says so", { objects: [off] }, "off"],
  ["whose owner is gone", { owners: { "Deployment shop/web": gone } }, "gone"],
])("removes the CronJob of a workload %s", (_, situation, reason) => {
  expect(changes({ ...situation, owned: { cronJobs: [cronJob()] } })).toMatchObject({
    pruned: [`CronJob ${reason}`],
    held: [],
  });
});

test.each<[string, Situation, string[]]>([
  ["whose annotation is invalid", { objects: databaseObjects("web", invalid) }, ["annotation-invalid"]],
  ["that exists and says nothing", { objects: [silent] }, []],
  ["whose namespace could not be read", { readings: [locked] }, ["namespace-unreadable"]],
  ["whose namespace is not watched", { readings: [elsewhere] }, ["namespace-unwatched"]],
  ["whose owner exists, unseen by the lists", { owners: { "Deployment shop/web": { state: "there" } } }, []],
  [
    "whose owner may not be read",
    { owners: { "Deployment shop/web": { state: "unreadable", problem: "403" } } },
    ["owner-unknown"],
  ],
])("holds the CronJob of a workload %s", (_, situation, codes) => {
  const changed = changes({ ...situation, owned: { cronJobs: [cronJob()] } });

  expect(changed).toMatchObject({ applied: [], pruned: [], codes });
  expect(changed.held).toHaveLength(1);
});

test("holds the CronJob of an owner of a kind that it does not know", () => {
  expect(changes({ owned: { cronJobs: [cronJob("Cluster")] } })).toMatchObject({
    pruned: [],
    codes: ["owner-unknown"],
  });
});

test.each<[string, Record<string, OwnerReading>, string[]]>([
  ["removes", { Deployment: gone, StatefulSet: gone, ReplicaSet: gone, Pod: gone }, ["CronJob gone"]],
  ["holds", { Deployment: gone, StatefulSet: { state: "there" }, ReplicaSet: gone, Pod: gone }, []],
  [
    "holds",
    { Deployment: gone, StatefulSet: { state: "unreadable", problem: "403" }, ReplicaSet: gone, Pod: gone },
    [],
  ],
])("%s the original's CronJob, which names no kind, when the kinds are %j", (_, states, pruned) => {
  const owners = Object.fromEntries(Object.entries(states).map(([kind, state]) => [`${kind} shop/web`, state]));

  expect(changes({ owners, owned: { cronJobs: [cronJob(null)] } }).pruned).toEqual(pruned);
});

test("asks for an owner by name only when no list showed it, in a namespace that was read", () => {
  const asked = (readings: readonly NamespaceReading[], kind: string | null) =>
    ownersToRead([cronJob(kind)], planSnapshots(readings, config, reading([])).decisions, readings).map(
      (ref) => ref.kind,
    );
  const empty: NamespaceReading = { ok: true, namespace: observedNamespace([]) };

  expect(asked([empty], "Deployment")).toEqual(["Deployment"]);
  expect(asked([empty], null)).toEqual(["Deployment", "StatefulSet", "ReplicaSet", "Pod"]);
  expect(asked([empty], "Cluster")).toEqual([]);
  expect(asked([{ ok: true, namespace: observedNamespace([off]) }], "Deployment")).toEqual([]);
  expect(asked([locked], "Deployment")).toEqual([]);
  expect(asked([elsewhere], "Deployment")).toEqual([]);
});

test("removes the CronJob of another engine only once its successor exists", () => {
  const objects = databaseObjects("web");
  const old = cronJob("Deployment", cronJobName("mysql", "shop", "web"));

  expect(changes({ objects, owned: { cronJobs: [old] } })).toMatchObject({
    applied: [["Secret", "CronJob"]],
    pruned: [],
  });
  expect(changes({ objects, owned: { cronJobs: [old, cronJob()] } }).pruned).toEqual(["CronJob superseded"]);
});

test.each<[string, OwnerReading, string[][], string[]]>([
  ["is gone", gone, [["Secret", "CronJob"]], []],
  ["exists", { state: "there" }, [], ["name-collision"]],
  ["is unknown", { state: "unreadable", problem: "403" }, [], ["name-collision", "owner-unknown"]],
])(
  "takes a CronJob over from a workload of the same name and another kind only when that one %s: %j",
  (_, state, applied, codes) => {
    const situation = { objects: databaseObjects("web"), owners: { "StatefulSet shop/web": state } };

    expect(changes({ ...situation, owned: { cronJobs: [cronJob("StatefulSet")] } })).toMatchObject({
      applied,
      pruned: [],
      codes,
    });
  },
);

test("keeps the old CronJob of a workload whose new one's name is another's", () => {
  const objects = databaseObjects("web");
  const old = cronJob("Deployment", cronJobName("mysql", "shop", "web"));
  const held = cronJob("StatefulSet");
  const owners: Record<string, OwnerReading> = { "StatefulSet shop/web": { state: "there" } };

  const changed = changes({ objects, owners, owned: { cronJobs: [old, held] } });

  expect(changed).toMatchObject({ applied: [], pruned: [], codes: ["name-collision"] });
  expect(changed.held).toEqual(["successor not yet made", "owner exists"]);
});

test("holds the workload that cannot be rendered, and goes on with the others", () => {
  const objects = [...databaseObjects("web").filter(({ kind }) => kind !== "Secret"), ...databaseObjects("other")];
  // As files leave it: a value that only the cluster knows, which no Secret can be made of.
  const data: Record<string, DataReading> = { "Secret shop/web": { state: "elsewhere" } };

  const changed = changes({ objects, data, owned: { cronJobs: [cronJob()] } });

  expect(changed).toMatchObject({ applied: [["Secret", "CronJob"]], pruned: [], codes: ["planning-failed"] });
  expect(changed.held).toEqual(["workload held"]);
});

test.each<[string, Partial<Owned>, string]>([
  ["a CronJob without our label and owner", { others: [stranger("CronJob", name)] }, "name-collision"],
  ["a CronJob without our label, of another owner", { others: [live("CronJob", name, "Job", {})] }, "name-collision"],
  [
    "a CronJob with our label, which somebody else made and no owner has",
    {
      cronJobs: [
        { ...stranger("CronJob", name), metadata: { ...stranger("CronJob", name).metadata, labels: managedBy } },
      ],
    },
    "name-collision",
  ],
  ["a Secret without our label and owner", { others: [stranger("Secret", `${name}-credentials`)] }, "name-collision"],
  [
    "a Secret of which it is unknown whether it is there",
    { unreadable: new Map([[`${name}-credentials`, "403 forbidden"]]) },
    "namespace-unreadable",
  ],
])("touches nothing in the place of its own: %s", (_, owned, code) => {
  expect(changes({ objects: databaseObjects("web"), owned })).toMatchObject({ applied: [], pruned: [], codes: [code] });
});

test.each<[string, Partial<Owned>]>([
  ["the label", { others: [live("CronJob", name, "Deployment", {})] }],
  ["the owner", { cronJobs: [ownerless(cronJob())] }],
])("mends an object of its own from which somebody took %s", (_, owned) => {
  expect(changes({ objects: databaseObjects("web"), owned })).toMatchObject({
    ...{ applied: [["Secret", "CronJob"]], pruned: [], codes: [] },
  });
});

test.each<[string, Partial<Owned>, string[]]>([
  ["a CronJob refers to it", { cronJobs: [cronJob()] }, []],
  ["a Job that runs refers to it", { jobs: [job({})] }, []],
  [
    "a Job that has ended refers to it",
    { jobs: [job({ conditions: [{ type: "Complete", status: "True" }] })] },
    ["Secret unused"],
  ],
  [
    "a Job that has failed refers to it",
    { jobs: [job({ conditions: [{ type: "Failed", status: "True" }] })] },
    ["Secret unused"],
  ],
  ["nothing refers to it", {}, ["Secret unused"]],
])("judges a Secret by who still needs it: %s", (_, owned, pruned) => {
  const situation = {
    objects: [workloadObject("web", invalid)],
    owned: { ...owned, secrets: [live("Secret", `${name}-credentials`, "Deployment")] },
  };

  expect(changes(situation).pruned).toEqual(pruned);
});

test("keeps the Secret of a CronJob that it removes in this very pass", () => {
  const owned = { cronJobs: [cronJob()], secrets: [live("Secret", `${name}-credentials`, "Deployment")] };

  expect(changes({ objects: [off], owned }).pruned).toEqual(["CronJob off"]);
});

test("touches nothing that carries the label and names no owner", () => {
  const owned = { cronJobs: [ownerless(cronJob())], secrets: [ownerless(live("Secret", "ksnapshot-secret", null))] };

  expect(changes({ owned })).toEqual({ applied: [], pruned: [], held: [], codes: [] });
});

function cronJob(kind: string | null = "Deployment", named = name): LiveObject {
  const env = [{ name: "P", valueFrom: { secretKeyRef: { name: `${named}-credentials`, key: "P" } } }];
  const spec = { jobTemplate: { spec: { template: { spec: { containers: [{ name: "job", env }] } } } } };
  return { ...live("CronJob", named, kind), spec };
}

function job(status: object): LiveObject {
  const volumes = [{ name: "a", secret: { secretName: `${name}-credentials` } }];
  return { ...live("Job", "running", null), spec: { template: { spec: { volumes } } }, status };
}

function ownerless(object: LiveObject): LiveObject {
  return { ...object, metadata: { ...object.metadata, annotations: {} } };
}

/** Made by somebody else. */
function stranger(kind: string, objectName: string): LiveObject {
  const metadata = { name: objectName, namespace: "ksnapshot", uid: "1", resourceVersion: "1" };
  return { apiVersion: "v1", kind, metadata };
}

function live(kind: string, objectName: string, ownerKind: string | null, labels: object = managedBy): LiveObject {
  const prefix = "ksnapshot.clickandmortar.fr/";
  const annotations = {
    [`${prefix}owner`]: "shop/web",
    ...(ownerKind === null ? {} : { [`${prefix}owner-kind`]: ownerKind }),
  };
  const managedFields = [{ manager: fieldManager, operation: "Apply", fieldsV1: {} }];
  return {
    ...{ apiVersion: "v1", kind },
    metadata: {
      ...{ name: objectName, namespace: "ksnapshot", uid: "1", resourceVersion: "1" },
      labels: { ...labels },
      annotations,
      managedFields,
    },
  };
}
