import { type Diagnostic, readable } from "../../contract/diagnostic.ts";
import { credentialsSecretName, isLabelled } from "../../contract/labels.ts";
import type { ObjectRef } from "../../contract/plan.ts";
import { type KubeObject, renderSnapshot } from "../../synth/render.ts";
import { needsApply } from "../cluster/apply.ts";
import { type LiveObject, refOf } from "../cluster/cluster.ts";
import { isAdopted } from "../cluster/managed-fields.ts";
import { isolated } from "./isolated.ts";
import { nameCollision, nameTaken, ownerText, secretUnknown } from "./name-problems.ts";
import type { NamespaceReading } from "./observed.ts";
import { byOwner, claimOf, type Fate, fateOf, isClaimOf, type OwnerReadings, type PruneReason } from "./ownership.ts";
import { isActive, secretNamesIn } from "./secret-names.ts";
import { type Decision, diagnosticsOf, type Planned, type PlannedSnapshots } from "./snapshots.ts";

/** What is there of ours, in the control namespace. */
export interface Owned {
  readonly cronJobs: readonly LiveObject[];
  readonly secrets: readonly LiveObject[];
  /** All Jobs, whoever made them: one may still need a Secret of ours. */
  readonly jobs: readonly LiveObject[];
  /** What does not carry our label: all CronJobs, and Secrets that have a name which a plan wants. */
  readonly others: readonly LiveObject[];
  /** Secrets of such a name that could not be read, with the reason. */
  readonly unreadable: ReadonlyMap<string, string>;
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
  const there = namesakesOf(owned);
  const drafts = planned.decisions.map((decision) => draftOf(decision, there));
  const byWorkload = byOwner(drafts.map(({ decision }) => decision));
  const isMade = ({ owner, plan }: Planned) => isHolder(there.cronJobs.get(plan.cronJobName), owner);
  const outcomes = owned.cronJobs.flatMap((cronJob) => {
    const claim = claimOf(cronJob);
    return claim === null ? [] : [{ cronJob, fate: fateOf(claim, byWorkload, readings, owners, isMade) }];
  });
  const fates = new Map(outcomes.map(({ cronJob, fate }) => [cronJob.metadata.name, fate] as const));
  const settled = drafts.map((draft) => settledOf(draft, there, fates));
  const desired = settled.flatMap(({ cronJob }) => (cronJob === null ? [] : [cronJob]));
  const applied = new Set(desired.map(({ metadata }) => metadata.name));
  const rest = outcomes.filter(({ cronJob }) => !applied.has(cronJob.metadata.name));

  return {
    decisions: settled.map(({ decision }) => decision),
    apply: settled.map(({ apply }) => apply).filter((group) => group.length > 0),
    prune: [
      ...rest.flatMap(({ cronJob, fate }) => (fate.kind === "prune" ? [{ object: cronJob, reason: fate.reason }] : [])),
      ...unusedSecrets(owned, desired),
    ],
    held: rest.flatMap(({ cronJob, fate }) =>
      fate.kind === "held" ? [{ cronJob: refOf(cronJob), reason: fate.reason }] : [],
    ),
    diagnostics: [
      ...planned.diagnostics,
      ...settled.flatMap(({ decision }) => diagnosticsOf(decision)),
      ...rest.flatMap(({ fate }) => (fate.kind === "held" ? fate.diagnostics.map(readable) : [])),
    ],
  };
}

/** A decision, with what it would apply. */
interface Draft {
  readonly decision: Decision;
  /** Null unless the decision is on. */
  readonly cronJob: KubeObject | null;
  readonly apply: readonly Apply[];
}

function heldDraft(decision: Decision): Draft {
  return { decision, cronJob: null, apply: [] };
}

function draftOf(decision: Decision, there: Namesakes): Draft {
  if (decision.kind !== "on") return heldDraft(decision);
  return isolated(
    decision.owner,
    () => {
      const { cronJob, secret } = renderSnapshot(decision.plan);
      const secrets = secret === null ? [] : changed(secret, there.secrets);
      return { decision, cronJob, apply: [...secrets, ...changed(cronJob, there.cronJobs)] };
    },
    (fault) => heldDraft(heldFrom(decision, fault)),
  );
}

/** A plan of which a name is taken waits: by another workload until that one is gone or off, by a stranger for good. */
function settledOf(draft: Draft, there: Namesakes, fates: ReadonlyMap<string, Fate>): Draft {
  const { decision } = draft;
  if (decision.kind !== "on") return draft;
  const problem = nameProblem(decision, there, fates);
  return problem === null ? draft : heldDraft(heldFrom(decision, problem));
}

function nameProblem({ owner, plan }: Planned, there: Namesakes, fates: ReadonlyMap<string, Fate>): Diagnostic | null {
  const { cronJobName, controlNamespace: namespace, credentials } = plan;
  const cronJob = there.cronJobs.get(cronJobName);
  if (cronJob !== undefined && !isHolder(cronJob, owner)) {
    const claim = claimOf(cronJob);
    if (claim === null || !fates.has(cronJobName)) return nameTaken(owner, refOf(cronJob));
    const other = { ...claim, kind: claim.kind ?? "Workload" };
    if (fates.get(cronJobName)?.kind === "held") return nameCollision(owner, cronJobName, [ownerText(other)]);
  }
  if (credentials.length === 0) return null;
  const name = credentialsSecretName(cronJobName);
  const unreadable = there.unreadable.get(name);
  if (unreadable !== undefined) return secretUnknown({ kind: "Secret", namespace, name }, unreadable);
  const secret = there.secrets.get(name);
  const isStrangers = secret !== undefined && !isHolder(secret, owner) && !(claimOf(secret) && isLabelled(secret));
  return isStrangers ? nameTaken(owner, refOf(secret)) : null;
}

function heldFrom({ owner, plan, warnings }: Planned, problem: Diagnostic): Decision {
  return { kind: "held", owner, cronJobName: plan.cronJobName, diagnostics: [...warnings, readable(problem)] };
}

/** By name: everything that an apply could meet. */
interface Namesakes extends Pick<Owned, "unreadable"> {
  readonly cronJobs: ReadonlyMap<string, LiveObject>;
  readonly secrets: ReadonlyMap<string, LiveObject>;
}

function namesakesOf({ cronJobs, secrets, others, unreadable }: Owned): Namesakes {
  const byName = (kind: string, ours: readonly LiveObject[]) =>
    new Map([...others.filter((one) => one.kind === kind), ...ours].map((one) => [one.metadata.name, one] as const));
  return { cronJobs: byName("CronJob", cronJobs), secrets: byName("Secret", secrets), unreadable };
}

/** Whether an object is a workload's: it says so, or we made it and somebody took that annotation away. */
function isHolder(object: LiveObject | undefined, owner: ObjectRef): boolean {
  if (object === undefined) return false;
  const claim = claimOf(object);
  return claim === null ? isLabelled(object) && isAdopted(object) : isClaimOf(claim, owner);
}

function changed(desired: KubeObject, all: ReadonlyMap<string, LiveObject>): readonly Apply[] {
  const live = all.get(desired.metadata.name) ?? null;
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
