import { credentialsSecretName } from "../contract/labels.ts";
import type { ObjectRef, SnapshotPlan } from "../contract/plan.ts";
import { type LiveObject, refOf } from "../operator/cluster/cluster.ts";
import { type ClusterPlan, ownerOf } from "../operator/plan-cluster.ts";
import type { LocatedDiagnostic, PlannedManifests } from "../operator/plan-manifests.ts";
import type { Apply } from "../operator/plan/changes.ts";
import { refKey } from "../operator/plan/observed.ts";
import { isClaimOf } from "../operator/plan/ownership.ts";
import { type Decision, diagnosticsOf } from "../operator/plan/snapshots.ts";
import { type KubeObject, renderRedacted, type SnapshotObjects } from "../synth/render.ts";
import { type Views, viewsOf } from "./plan-diff.ts";

/** What `plan` shows, wherever it was learnt. */
export interface PlanReport {
  readonly source: "manifests" | "cluster";
  readonly workloads: readonly WorkloadReport[];
  /** What belongs to no single workload. */
  readonly others: readonly LocatedDiagnostic[];
}

export interface WorkloadReport {
  /** Its kind is `Workload` where only an object of the original speaks of it. */
  readonly owner: ObjectRef;
  /** `file:line`. Null on a cluster. */
  readonly location: string | null;
  /** `gone`: it does not exist any more. */
  readonly state: "on" | "held" | "off" | "gone";
  /** Null unless it is on. */
  readonly plan: SnapshotPlan | null;
  readonly changes: readonly ObjectChange[];
  readonly diagnostics: readonly LocatedDiagnostic[];
}

/** What becomes of one CronJob or Secret. */
export interface ObjectChange {
  readonly action: "create" | "change" | "keep" | "remove";
  readonly object: ObjectRef;
  /** For people, a clause. Null where there is nothing to explain. */
  readonly because: string | null;
  /** Made when asked for: most outputs show few or none. Of an object that is kept because of an error, both are null. */
  readonly views: () => Views;
}

/** Of a cluster that has nothing yet: what there is cannot be known from files. */
export function reportOfManifests({ workloads, diagnostics }: PlannedManifests): PlanReport {
  const own = new Set(workloads.flatMap((workload) => workload.diagnostics));
  return {
    source: "manifests",
    workloads: workloads.map((workload) => ({
      ...workload,
      state: workload.plan === null ? "held" : "on",
      changes: workload.plan === null ? [] : creations(workload.plan),
    })),
    others: diagnostics.filter((diagnostic) => !own.has(diagnostic)),
  };
}

function creations(plan: SnapshotPlan): readonly ObjectChange[] {
  return objectsOf(plan).map(({ object, redacted }) => ({
    ...{ action: "create", object, because: null },
    views: () => ({ before: null, after: redacted() }),
  }));
}

interface PlannedObject {
  readonly object: ObjectRef;
  readonly redacted: () => KubeObject | null;
}

/** In the order in which they are applied; rendered once, and only if one of them is looked at. */
function objectsOf(plan: SnapshotPlan): readonly PlannedObject[] {
  const { controlNamespace: namespace, cronJobName, credentials } = plan;
  let objects: SnapshotObjects | null = null;
  const rendered = () => (objects ??= renderRedacted(plan));
  const secret = { kind: "Secret", namespace, name: credentialsSecretName(cronJobName) };
  return [
    ...(credentials.length === 0 ? [] : [{ object: secret, redacted: () => rendered().secret }]),
    { object: { kind: "CronJob", namespace, name: cronJobName }, redacted: () => rendered().cronJob },
  ];
}

export function reportOfCluster(plan: ClusterPlan): PlanReport {
  const changes = Map.groupBy([...applications(plan), ...removals(plan), ...holdings(plan)], ({ owner }) =>
    refKey(owner),
  );
  const decided = new Map(plan.decisions.map((decision) => [refKey(decision.owner), decision] as const));
  const unseen = [...changes.values()].flatMap(([first]) =>
    first === undefined || decided.has(refKey(first.owner)) ? [] : [first.owner],
  );
  const located = plan.diagnostics.map((one) => ({ ...one, location: null }));
  const workloads = [...plan.decisions.map(({ owner }) => owner), ...unseen].flatMap((owner) => {
    const decision = decided.get(refKey(owner)) ?? null;
    const own = (changes.get(refKey(owner)) ?? []).map(({ change }) => change);
    const isQuiet = own.length === 0 && (decision === null || diagnosticsOf(decision).length === 0);
    return isQuiet ? [] : [workloadReport(owner, decision, own, located)];
  });
  const told = new Set(workloads.flatMap(({ diagnostics }) => diagnostics));
  return { source: "cluster", workloads: workloads.sort(byOwner), others: located.filter((one) => !told.has(one)) };
}

function workloadReport(
  owner: ObjectRef,
  decision: Decision | null,
  changes: readonly ObjectChange[],
  diagnostics: readonly LocatedDiagnostic[],
): WorkloadReport {
  const isGone = changes.every(({ action }) => action === "remove");
  return {
    ...{ owner, location: null, changes },
    state: decision?.kind ?? (isGone ? "gone" : "held"),
    plan: decision?.kind === "on" ? decision.plan : null,
    diagnostics: diagnostics.filter(({ subject }) => refKey(subject) === refKey(owner)),
  };
}

interface OwnedChange {
  readonly owner: ObjectRef;
  readonly change: ObjectChange;
}

function applications({ decisions, apply }: ClusterPlan): readonly OwnedChange[] {
  const applied = new Map(apply.flat().map((one) => [refKey(refOf(one.desired)), one] as const));
  return decisions.flatMap((decision) => {
    const objects = decision.kind === "on" ? objectsOf(decision.plan) : [];
    return objects.map((planned) => ({
      owner: decision.owner,
      change: applicationOf(planned, applied.get(refKey(planned.object)) ?? null),
    }));
  });
}

function applicationOf({ object, redacted }: PlannedObject, application: Apply | null): ObjectChange {
  if (application === null) {
    const views = () => ({ before: redacted(), after: redacted() });
    return { action: "keep", object, because: "nothing changes", views };
  }
  const { desired, live } = application;
  return { action: live === null ? "create" : "change", object, because: null, views: () => viewsOf(desired, live) };
}

const reasons = {
  off: "snapshots are switched off",
  gone: "the workload does not exist any more",
  superseded: "a CronJob of another name has taken its place",
  unused: "no CronJob and no running Job refers to it",
} as const;

function removals({ decisions, prune }: ClusterPlan): readonly OwnedChange[] {
  return prune.flatMap(({ object, reason }) => {
    const owner = ownerAmong(decisions, object);
    const change = {
      action: "remove",
      object: refOf(object),
      because: reasons[reason],
      views: () => viewsOf(null, object),
    } as const;
    return owner === null ? [] : [{ owner, change }];
  });
}

function holdings({ decisions, held, owned }: ClusterPlan): readonly OwnedChange[] {
  return held.flatMap(({ cronJob, reason }) => {
    const live = owned.cronJobs.find(({ metadata }) => metadata.name === cronJob.name);
    const owner = live === undefined ? null : ownerAmong(decisions, live);
    const change = {
      action: "keep",
      object: cronJob,
      because: reason,
      views: () => ({ before: null, after: null }),
    } as const;
    return owner === null ? [] : [{ owner, change }];
  });
}

/** An object of the original says no kind: it belongs to the workload of its owner's name that was seen, if there is one. */
function ownerAmong(decisions: readonly Decision[], object: LiveObject): ObjectRef | null {
  const owner = ownerOf(object);
  if (owner?.kind !== "Workload") return owner;
  const claim = { ...owner, kind: null };
  return decisions.find((decision) => isClaimOf(claim, decision.owner))?.owner ?? owner;
}

function byOwner({ owner: a }: WorkloadReport, { owner: b }: WorkloadReport): number {
  return a.namespace.localeCompare(b.namespace) || a.name.localeCompare(b.name) || a.kind.localeCompare(b.kind);
}
