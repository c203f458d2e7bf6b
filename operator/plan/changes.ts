import type { Diagnostic } from "../../contract/diagnostic.ts";
import type { ObjectRef } from "../../contract/plan.ts";
import { type KubeObject, renderSnapshot } from "../../synth/render.ts";
import { needsApply } from "../cluster/apply.ts";
import { type LiveObject, refOf } from "../cluster/cluster.ts";
import type { NamespaceReading } from "./observed.ts";
import { claimOf, type Claim, fateOf, isClaimOf, type OwnerReadings, type PruneReason } from "./ownership.ts";
import { isActive, secretNamesIn } from "./secret-names.ts";
import { type Decision, diagnosticsOf, nameCollision, type PlannedSnapshots } from "./snapshots.ts";

/** What is there of ours, in the control namespace. */
export interface Owned {
  readonly cronJobs: readonly LiveObject[];
  readonly secrets: readonly LiveObject[];
  /** All Jobs, whoever made them: one may still need a Secret of ours. */
  readonly jobs: readonly LiveObject[];
}

export interface Changes {
  /** Of every workload that was seen. A plan whose name another CronJob holds is held here. */
  readonly decisions: readonly Decision[];
  /** By workload, the Secret before the CronJob that refers to it. Only what an apply would change. */
  readonly apply: readonly (readonly Apply[])[];
  readonly prune: readonly Prune[];
  readonly held: readonly Held[];
  /** All that there are, the plans' too. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface Apply {
  readonly desired: KubeObject;
  readonly live: LiveObject | null;
}

export interface Prune {
  readonly object: LiveObject;
  readonly reason: PruneReason | "unused";
}

/** A CronJob that is left as it is. */
export interface Held {
  readonly cronJob: ObjectRef;
  readonly reason: string;
}

/** What has to be done so that what is desired is, and what no workload wants is not. Nothing in a steady state. */
export function changesBetween(
  planned: PlannedSnapshots,
  owned: Owned,
  readings: readonly NamespaceReading[],
  owners: OwnerReadings,
): Changes {
  const names = new Set(owned.cronJobs.map(({ metadata }) => metadata.name));
  const outcomes = owned.cronJobs.flatMap((cronJob) => {
    const claim = claimOf(cronJob);
    return claim === null ? [] : [{ cronJob, claim, fate: fateOf(claim, planned.decisions, readings, owners, names) }];
  });
  const decided = planned.decisions.map((decision) => contested(decision, outcomes));
  const desired = decided.flatMap((decision) =>
    decision.kind === "on" ? [{ owner: decision.owner, ...renderSnapshot(decision.plan) }] : [],
  );
  const applied = new Set(desired.map(({ cronJob }) => cronJob.metadata.name));
  const rest = outcomes.filter(({ cronJob }) => !applied.has(cronJob.metadata.name));

  return {
    decisions: decided,
    apply: desired
      .map(({ cronJob, secret }) => [
        ...(secret === null ? [] : changed(secret, owned.secrets)),
        ...changed(cronJob, owned.cronJobs),
      ])
      .filter((group) => group.length > 0),
    prune: [
      ...rest.flatMap(({ cronJob, fate }) => (fate.kind === "prune" ? [{ object: cronJob, reason: fate.reason }] : [])),
      ...unusedSecrets(
        owned,
        desired.map(({ cronJob }) => cronJob),
      ),
    ],
    held: rest.flatMap(({ cronJob, fate }) =>
      fate.kind === "held" ? [{ cronJob: refOf(cronJob), reason: fate.reason }] : [],
    ),
    diagnostics: [
      ...planned.diagnostics,
      ...decided.flatMap(diagnosticsOf),
      ...rest.flatMap(({ fate }) => (fate.kind === "held" ? fate.diagnostics : [])),
    ],
  };
}

interface Outcome {
  readonly cronJob: LiveObject;
  readonly claim: Claim;
  readonly fate: ReturnType<typeof fateOf>;
}

/** A plan whose name is taken by the CronJob of another workload waits until that one is gone or off. */
function contested(decision: Decision, outcomes: readonly Outcome[]): Decision {
  if (decision.kind !== "on") return decision;
  const { owner, plan, warnings } = decision;
  const holder = outcomes.find(({ cronJob }) => cronJob.metadata.name === plan.cronJobName);
  if (holder === undefined || isClaimOf(holder.claim, owner) || holder.fate.kind === "prune") return decision;
  const other = { ...holder.claim, kind: holder.claim.kind ?? "Workload" };
  const diagnostics = [...warnings, nameCollision(owner, plan.cronJobName, [other])];
  return { kind: "held", owner, cronJobName: plan.cronJobName, diagnostics };
}

function changed(desired: KubeObject, all: readonly LiveObject[]): readonly Apply[] {
  const live = all.find(({ metadata }) => metadata.name === desired.metadata.name) ?? null;
  return needsApply(desired, live) ? [{ desired, live }] : [];
}

/**
 * Secrets that neither a CronJob, there or desired, nor a Job that runs refers to. A CronJob removed in this pass still
 * counts: it may have started a Job since we looked, which the next pass will see.
 */
function unusedSecrets({ cronJobs, secrets, jobs }: Owned, desired: readonly KubeObject[]): readonly Prune[] {
  const used = new Set([...cronJobs, ...desired, ...jobs.filter(isActive)].flatMap(secretNamesIn));
  return secrets
    .filter((secret) => claimOf(secret) !== null && !used.has(secret.metadata.name))
    .map((object) => ({ object, reason: "unused" }));
}
