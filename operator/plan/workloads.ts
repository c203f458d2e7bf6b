import { type Annotations, hasAnnotations } from "../../contract/annotations.ts";
import type { Diagnostic } from "../../contract/diagnostic.ts";
import type { ObjectRef } from "../../contract/plan.ts";
import { isResourceKind, resources } from "../cluster/cluster.ts";
import { isolated } from "./isolated.ts";
import type { Container, Controller, Pod, PodSpec, Volume } from "./objects.ts";
import { type ObservedNamespace, refKey } from "./observed.ts";
import { disagreement, undecided } from "./pods-disagree.ts";
import { strayAnnotations } from "./stray-annotations.ts";

type Labels = Readonly<Record<string, string>>;

/** What is backed up: an owner, and what speaks for it (its pod template, or else one of its pods). */
export interface Workload {
  readonly owner: ObjectRef;
  /** Null of one that stands in a file. */
  readonly ownerUid: string | null;
  readonly annotations: Annotations;
  /** The template's; without one what all pods have in common. */
  readonly labels: Labels;
  readonly hasTemplate: boolean;
  readonly containers: readonly Container[];
  readonly volumes: readonly Volume[];
  /** Null: the namespace's own, `default`. */
  readonly serviceAccountName: string | null;
  /** Of pods that there are, at most fifty; they may carry labels that the template has not. */
  readonly podLabels: readonly Labels[];
}

export interface FoundWorkloads {
  /** Those that speak, also to say that they want no snapshots. */
  readonly workloads: readonly Workload[];
  /**
   * Those that exist and of which it cannot be told whether they want snapshots: that is unknown, and not "off".
   *
   * - No pod that lives, and not a word of ours in the template or in those that have ended: it may be their pods that were
   *   annotated, before they were scaled to zero.
   * - Pods that disagree on it.
   */
  readonly unknown: readonly UnknownWorkload[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface UnknownWorkload {
  readonly owner: ObjectRef;
  readonly diagnostics: readonly Diagnostic[];
}

/** Finds a namespace's workloads: Pod -> ReplicaSet -> Deployment; StatefulSet; any other controller; the bare Pod itself. */
export function findWorkloads(namespace: ObservedNamespace): FoundWorkloads {
  const { controllers, pods } = namespace;
  const replicaSets = new Map(
    controllers.filter((one) => one.kind === "ReplicaSet").map((one) => [one.metadata.name, one]),
  );
  const owned = pods.map((pod) => ({ pod, owner: ownerOf(pod, replicaSets) }));
  const candidates = new Map<string, Candidate>();
  const candidateOf = ({ owner, uid }: Owner): Candidate => {
    const candidate = candidates.get(refKey(owner)) ?? { owner, uid, controller: null, pods: [] };
    candidates.set(refKey(owner), candidate);
    return candidate;
  };
  for (const one of controllers) if (!isIntermediate(one)) candidateOf(toOwner(one)).controller = one;
  for (const { pod, owner } of owned) if (owner !== null) candidateOf(owner).pods.push(pod);

  const found = [...candidates.values()].map((candidate) =>
    isolated<Found>(
      candidate.owner,
      () => speaker(candidate),
      (fault) => ({ unknown: { owner: candidate.owner, diagnostics: [fault] }, warnings: [] }),
    ),
  );
  return {
    workloads: found.flatMap((one) => ("workload" in one ? [one.workload] : [])),
    unknown: found.flatMap((one) => ("unknown" in one ? [one.unknown] : [])),
    diagnostics: [
      ...found.flatMap(({ warnings }) => warnings),
      ...owned.flatMap(({ pod, owner }) =>
        owner === null && hasAnnotations(pod.metadata.annotations) ? [lost(pod)] : [],
      ),
    ],
  };
}

interface Owner {
  readonly owner: ObjectRef;
  readonly uid: string | null;
}

/** An owner with all that may speak for it. */
interface Candidate extends Owner {
  controller: Controller | null;
  readonly pods: Pod[];
}

type Found = { readonly warnings: readonly Diagnostic[] } & (
  { readonly workload: Workload } | { readonly unknown: UnknownWorkload }
);

/** How many pods tell what labels an owner's pods carry: more of them tell no more. */
const mostPods = 50;

/** The youngest, so that every pass takes the same. */
function someOf(pods: readonly Pod[]): readonly Pod[] {
  return pods.length > mostPods ? [...pods].sort(byAge).slice(0, mostPods) : pods;
}

function speaker({ owner, uid: ownerUid, controller, pods }: Candidate): Found {
  const live = pods.filter(isLive);
  const podLabels = someOf(live).map((pod) => pod.metadata.labels);
  const counting = live.length > 0 ? live : pods;
  const template = controller?.spec.template ?? null;
  const speaking = [...(template === null ? [] : [template]), ...counting].map(({ metadata }) => metadata.annotations);
  const strays = strayAnnotations(owner, { speaking, owners: controller?.metadata.annotations ?? null });
  if (template !== null && hasAnnotations(template.metadata.annotations)) {
    const { labels, annotations } = template.metadata;
    const parts = partsOf(template.spec);
    const workload = { owner, ownerUid, labels, annotations, ...parts, podLabels, hasTemplate: true };
    return { workload, warnings: strays };
  }
  const isSilent = live.length === 0 && !speaking.some(hasAnnotations);
  const youngest = [...counting].sort(byAge)[0];
  if (youngest === undefined || isSilent) return { unknown: { owner, diagnostics: [] }, warnings: strays };
  const riddle = undecided(owner, counting);
  if (riddle !== null) return { unknown: { owner, diagnostics: [riddle] }, warnings: strays };
  const { annotations } = youngest.metadata;
  const labels = template?.metadata.labels ?? commonLabels(someOf(counting));
  const hasTemplate = template !== null;
  const workload = { owner, ownerUid, labels, hasTemplate, annotations, ...partsOf(youngest.spec), podLabels };
  return { workload, warnings: [...strays, ...disagreement(owner, youngest, counting)] };
}

/** What all pods carry, as their template would: not what tells the primary from a replica. */
function commonLabels([first, ...others]: readonly Pod[]): Labels {
  const labels = Object.entries(first?.metadata.labels ?? {});
  return Object.fromEntries(
    labels.filter(([key, value]) => others.every(({ metadata }) => metadata.labels[key] === value)),
  );
}

function partsOf({ containers, volumes, serviceAccountName }: PodSpec) {
  return { containers, volumes, serviceAccountName: serviceAccountName ?? null };
}

/** Null when the pod's ReplicaSet is not to be seen: who owns that one is unknown. */
function ownerOf(pod: Pod, replicaSets: ReadonlyMap<string, Controller>): Owner | null {
  const controller = controllerOf(pod);
  if (controller === undefined) return toOwner({ kind: "Pod", metadata: pod.metadata });
  const replicaSet = controller.kind === "ReplicaSet" ? replicaSets.get(controller.name) : undefined;
  if (controller.kind === "ReplicaSet" && replicaSet === undefined) return null;
  const { kind, name, uid } = (replicaSet && controllerOf(replicaSet)) ?? controller;
  return { owner: { kind, namespace: pod.metadata.namespace, name }, uid };
}

/** A ReplicaSet of a Deployment (or of a stranger's kind) is only the way from a pod to its owner. */
function isIntermediate(controller: Controller): boolean {
  return controller.kind === "ReplicaSet" && controllerOf(controller) !== undefined;
}

function controllerOf({ metadata }: Pod | Controller) {
  const reference = metadata.ownerReferences.find((one) => one.controller === true);
  if (reference === undefined) return undefined;
  return { kind: kindOf(reference), name: reference.name, uid: reference.uid ?? null };
}

/**
 * A kind that shares its name with one of Kubernetes' own gets its group, as in `StatefulSet.apps.kruise.io`: asked for under
 * the name alone it would not be found, and so be taken for gone.
 */
function kindOf({ kind, apiVersion }: Pod["metadata"]["ownerReferences"][number]): string {
  const [group = ""] = apiVersion?.split("/") ?? [];
  const isNamesake = isResourceKind(kind) && apiVersion != null && group !== resources[kind].apiVersion.split("/")[0];
  return isNamesake ? `${kind}.${group}` : kind;
}

function toOwner({ kind, metadata }: { readonly kind: string; readonly metadata: Controller["metadata"] }): Owner {
  const { namespace, name, uid } = metadata;
  return { owner: { kind, namespace, name }, uid: uid ?? null };
}

/** https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase */
function isLive({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp == null && status?.phase !== "Succeeded" && status?.phase !== "Failed";
}

/** The youngest first; the name decides between pods of one second, so that every pass picks the same. */
function byAge(a: Pod, b: Pod): number {
  const [ageA, ageB] = [a.metadata.creationTimestamp ?? "", b.metadata.creationTimestamp ?? ""];
  return ageA === ageB ? compare(a.metadata.name, b.metadata.name) : compare(ageB, ageA);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function lost({ metadata: { namespace, name, ownerReferences } }: Pod): Diagnostic {
  const replicaSet = ownerReferences.find((one) => one.controller === true)?.name ?? "";
  return {
    code: "owner-unknown",
    subject: { kind: "Pod", namespace, name },
    problem: `It is annotated, and its ReplicaSet "${replicaSet}" is not there to tell whose pod it is.`,
    remedy: "Delete the pod if its Deployment is gone; while the Deployment replaces its pods there is nothing to do.",
  };
}
