import type { Diagnostic } from "../../contract/diagnostic.ts";
import { ownerAnnotation, ownerKindAnnotation } from "../../contract/labels.ts";
import type { ObjectRef } from "../../contract/plan.ts";
import { isResourceKind, type LiveObject } from "../cluster/cluster.ts";
import { type NamespaceReading, refKey } from "./observed.ts";
import type { Decision, Planned } from "./snapshots.ts";

/** What a GET of an owner told, by {@link refKey}. */
export type OwnerReadings = ReadonlyMap<string, OwnerReading>;
export type OwnerReading =
  { readonly state: "there" } | { readonly state: "gone" } | { readonly state: "unreadable"; readonly problem: string };

/** What is to become of a CronJob that no plan has a word for. */
export type Fate =
  | { readonly kind: "prune"; readonly reason: PruneReason }
  | { readonly kind: "held"; readonly reason: string; readonly diagnostics: readonly Diagnostic[] };
export type PruneReason = "off" | "gone" | "superseded";

/** Whose an object of ours is. The kind is null on objects of the original, which did not write it down. */
export interface Claim {
  readonly namespace: string;
  readonly name: string;
  readonly kind: string | null;
}

/** What the original made CronJobs for. Without a kind, an owner is gone when it is none of these. */
const kindsOfTheOriginal = ["Deployment", "StatefulSet", "ReplicaSet", "Pod"];

/** Null for what merely carries our label: nobody's, so never touched. */
export function claimOf({ metadata: { annotations = {} } }: LiveObject): Claim | null {
  const [namespace, name, ...rest] = (annotations[ownerAnnotation] ?? "").split("/");
  if (!namespace || !name || rest.length > 0) return null;
  return { namespace, name, kind: annotations[ownerKindAnnotation] ?? null };
}

/** Decisions by `namespace/name` of their owners: each of a thousand CronJobs asks for its own. */
export type DecisionsByOwner = ReadonlyMap<string, readonly Decision[]>;

export function byOwner(decisions: readonly Decision[]): DecisionsByOwner {
  return Map.groupBy(decisions, ({ owner }) => `${owner.namespace}/${owner.name}`);
}

/** The decision on a claim's owner, if it was seen at all. One of the original's may match several. */
function decisionsOn(claim: Claim, decisions: DecisionsByOwner): readonly Decision[] {
  return (decisions.get(`${claim.namespace}/${claim.name}`) ?? []).filter(({ owner }) => isClaimOf(claim, owner));
}

export function isClaimOf(claim: Claim, { kind, namespace, name }: ObjectRef): boolean {
  return claim.namespace === namespace && claim.name === name && (claim.kind ?? kind) === kind;
}

/** The owners of CronJobs that no list showed: whether they are gone, only a GET can tell. */
export function ownersToRead(
  cronJobs: readonly LiveObject[],
  decisions: readonly Decision[],
  readings: readonly NamespaceReading[],
): readonly ObjectRef[] {
  const decided = byOwner(decisions);
  const refs = cronJobs.flatMap((cronJob) => {
    const claim = claimOf(cronJob);
    return claim !== null && isReadable(claim.namespace, readings) ? unseenOwners(claim, decided) : [];
  });
  const readable = refs.filter(({ kind }) => isResourceKind(kind));
  return [...new Map(readable.map((ref) => [refKey(ref), ref])).values()];
}

/**
 * Whether a CronJob may go: when every owner that it can have is off, or gone (a GET answered NotFound), or has a CronJob of
 * another name by now. Whatever is unknown holds it.
 *
 * @param isMade whether the CronJob of a plan exists, and is its owner's
 */
export function fateOf(
  claim: Claim,
  decisions: DecisionsByOwner,
  readings: readonly NamespaceReading[],
  owners: OwnerReadings,
  isMade: (decision: Planned) => boolean,
): Fate {
  if (!readings.some((reading) => nameOf(reading) === claim.namespace)) {
    return { kind: "held", reason: "namespace unwatched", diagnostics: [unwatched(claim)] };
  }
  if (!isReadable(claim.namespace, readings)) return held("namespace unreadable");
  const fates = [
    ...decisionsOn(claim, decisions).map((decision) => fateByDecision(decision, isMade)),
    ...unseenOwners(claim, decisions).map((owner) => fateByReading(owner, owners.get(refKey(owner)))),
  ];
  return fates.find((fate) => fate.kind === "held") ?? fates.find(isSaid) ?? { kind: "prune", reason: "gone" };
}

function fateByDecision(decision: Decision, isMade: (decision: Planned) => boolean): Fate {
  switch (decision.kind) {
    case "off":
      return { kind: "prune", reason: "off" };
    case "held":
      return held("workload held");
    case "on":
      // Only once its successor exists, so that no moment has neither.
      return isMade(decision) ? { kind: "prune", reason: "superseded" } : held("successor not yet made");
  }
}

function fateByReading(owner: ObjectRef, reading: OwnerReading | undefined): Fate {
  if (reading?.state === "gone") return { kind: "prune", reason: "gone" };
  if (reading?.state === "there") return held("owner exists");
  const problem = reading?.problem ?? `${owner.kind} is not a kind that the operator can read`;
  return { kind: "held", reason: "owner unknown", diagnostics: [unknown(owner, problem)] };
}

/** What a workload said counts for more, as a reason, than that other kinds of its name do not exist. */
function isSaid(fate: Fate): boolean {
  return fate.kind === "prune" && fate.reason !== "gone";
}

function unseenOwners(claim: Claim, decisions: DecisionsByOwner): readonly ObjectRef[] {
  const { namespace, name, kind } = claim;
  const seen = new Set(decisionsOn(claim, decisions).map(({ owner }) => owner.kind));
  const kinds = kind === null ? kindsOfTheOriginal : [kind];
  return kinds.filter((one) => !seen.has(one)).map((one) => ({ kind: one, namespace, name }));
}

function isReadable(namespace: string, readings: readonly NamespaceReading[]): boolean {
  return readings.some((reading) => reading.ok && nameOf(reading) === namespace);
}

function nameOf(reading: NamespaceReading): string {
  return reading.ok ? reading.namespace.name : reading.name;
}

function held(reason: string): Fate {
  return { kind: "held", reason, diagnostics: [] };
}

function unwatched({ kind, namespace, name }: Claim): Diagnostic {
  return {
    code: "namespace-unwatched",
    subject: { kind: kind ?? "Workload", namespace, name },
    problem:
      "It has a schedule, and its namespace is not watched: the schedule stays as it is, whatever the workload says.",
    remedy: "Watch the namespace again, or delete the CronJob by hand.",
  };
}

function unknown(subject: ObjectRef, problem: string): Diagnostic {
  return {
    code: "owner-unknown",
    subject,
    problem: `Whether it still exists is unknown, and its schedule is left as it is: ${problem}.`,
    remedy: "Let the operator get objects of this kind, or delete the CronJob by hand if the workload is gone.",
  };
}
