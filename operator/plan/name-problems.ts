import type { Diagnostic } from "../../contract/diagnostic.ts";
import { ownerAnnotation } from "../../contract/labels.ts";
import { listed } from "../../contract/listed.ts";
import type { ObjectRef } from "../../contract/plan.ts";

/**
 * A CronJob that more than one workload lays claim to.
 * @param claimants by {@link ownerText}, in the order of the alphabet; the workload itself may be among them
 */
export function nameCollision(subject: ObjectRef, name: string, claimants: readonly string[]): Diagnostic {
  const self = ownerText(subject);
  // Only the first are looked at: with thousands of claimants each of them gets such a message.
  const first = claimants.slice(0, 6);
  const others = first.filter((text) => text !== self);
  const count = claimants.length - (claimants.length > 1 ? 1 : 0);
  return {
    code: "name-collision",
    subject,
    problem: `Its CronJob would be ${name}, which ${listed(others, count)} has or wants too.`,
    remedy: "Rename one of the workloads, or switch the snapshots of one of them off.",
  };
}

export function ownerText({ kind, namespace, name }: ObjectRef): string {
  return `${kind} ${namespace}/${name}`;
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
