import type { Diagnostic } from "../../contract/diagnostic.ts";
import { ownerAnnotation } from "../../contract/labels.ts";
import type { ObjectRef } from "../../contract/plan.ts";

/** A CronJob that more than one workload lays claim to. */
export function nameCollision(subject: ObjectRef, name: string, others: readonly ObjectRef[]): Diagnostic {
  const named = others.map((other) => `${other.kind} ${other.namespace}/${other.name}`).sort();
  return {
    code: "name-collision",
    subject,
    problem: `Its CronJob would be ${name}, which ${named.join(", ")} has or wants too.`,
    remedy: "Rename one of the workloads, or switch the snapshots of one of them off.",
  };
}

/** An object in our place that says of no workload that it is its own: it may be anybody's. */
export function nameTaken(subject: ObjectRef, { kind, namespace, name }: ObjectRef): Diagnostic {
  return {
    code: "name-collision",
    subject,
    problem: `Its ${kind} would be ${name}, and there is one of that name in ${namespace} which is not ours.`,
    remedy: `Delete or rename that one. If it is the workload's own, give it the annotation ${ownerAnnotation}.`,
  };
}

export function secretUnknown(subject: ObjectRef, problem: string): Diagnostic {
  return {
    code: "namespace-unreadable",
    subject,
    problem: `Whether there is one already, and whose, is unknown: ${problem}.`,
    remedy: "Check that the operator's Role and RoleBinding for its own namespace are in place.",
  };
}
