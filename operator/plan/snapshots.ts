import { type Annotations, parseAnnotations, type SnapshotSettings } from "../../contract/annotations.ts";
import { type Diagnostic, isError, readable } from "../../contract/diagnostic.ts";
import { type Engine, type EngineKind, engineText } from "../../contract/engine.ts";
import { annotationPrefix } from "../../contract/labels.ts";
import type { ObjectRef, SnapshotPlan } from "../../contract/plan.ts";
import { cronJobName } from "../../synth/names.ts";
import type { PlanConfig } from "../config.ts";
import { checkDestination } from "./destination.ts";
import { imageOf, imageVariablesOf } from "./images.ts";
import { isolated } from "./isolated.ts";
import { nameCollision, ownerText } from "./name-problems.ts";
import type { Service } from "./objects.ts";
import type { NamespaceReading, ReadData } from "./observed.ts";
import { oncePer } from "./once-per.ts";
import { PlanningRounds } from "./planning-rounds.ts";
import { planSource } from "./sources.ts";
import { findWorkloads, type Workload } from "./workloads.ts";

/** What is to become of one workload's snapshots. */
export type Decision =
  | Planned
  /** None are wanted. */
  | { readonly kind: "off"; readonly owner: ObjectRef }
  /**
   * Wanted or not: it cannot be told, or cannot be done. What there is stays as it is. The name is the CronJob's that it
   * would have, where its engine is known.
   */
  | {
      readonly kind: "held";
      readonly owner: ObjectRef;
      readonly cronJobName: string | null;
      readonly diagnostics: readonly Diagnostic[];
    };

export interface Planned {
  readonly kind: "on";
  readonly owner: ObjectRef;
  readonly plan: SnapshotPlan;
  readonly warnings: readonly Diagnostic[];
}

export interface PlannedSnapshots {
  readonly decisions: readonly Decision[];
  /** What belongs to no single decision: namespaces that could not be read, pods that disagree, what all jobs need. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Decides on every workload of the namespaces that were read. One bad workload never stops the others.
 *
 * @param rounds the same in all rounds of one pass
 */
export function planSnapshots(
  readings: readonly NamespaceReading[],
  config: PlanConfig,
  read: ReadData,
  rounds = new PlanningRounds(),
): PlannedSnapshots {
  const planned = readings.map((reading) => planNamespace(reading, config, read, rounds));
  const others = [...planned.flatMap(({ diagnostics }) => diagnostics), ...checkDestination(config, read)];
  return {
    decisions: holdCollisions(planned.flatMap(({ decisions }) => decisions)).map(readableDecision),
    diagnostics: others.map(readable),
  };
}

function readableDecision(decision: Decision): Decision {
  switch (decision.kind) {
    case "on":
      return { ...decision, warnings: decision.warnings.map(readable) };
    case "held":
      return { ...decision, diagnostics: decision.diagnostics.map(readable) };
    case "off":
      return decision;
  }
}

/** A namespace is the same in all rounds of a pass. */
const workloadsIn = oncePer(findWorkloads);

function planNamespace(
  reading: NamespaceReading,
  config: PlanConfig,
  read: ReadData,
  rounds: PlanningRounds,
): PlannedSnapshots {
  if (!reading.ok) return { decisions: [], diagnostics: [unreadable(reading.name, reading.problem)] };
  const { workloads, unknown, diagnostics } = workloadsIn(reading.namespace);
  return {
    decisions: [
      ...workloads.map((workload) =>
        isolated<Decision>(
          workload.owner,
          () => rounds.decide(workload, read, (asked) => decide(workload, reading.namespace.services, config, asked)),
          (fault) => ({ kind: "held", owner: workload.owner, cronJobName: null, diagnostics: [fault] }),
        ),
      ),
      ...unknown.map((one) => ({ kind: "held" as const, cronJobName: null, ...one })),
    ],
    diagnostics,
  };
}

function decide(workload: Workload, services: readonly Service[], config: PlanConfig, read: ReadData): Decision {
  const { owner, ownerUid, annotations } = workload;
  const settings = parseAnnotations(annotations, owner, config.defaults);
  if (settings.ok && settings.value === "off") return { kind: "off", owner };
  const known = settings.ok && settings.value !== "off" ? settings.value : essentials(annotations, owner, config);
  const said = settings.ok ? settings.warnings : settings.diagnostics;
  if (known === null) return { kind: "held", owner, cronJobName: null, diagnostics: said };

  const { engine, server, connection, diagnostics: found } = planSource(workload, known, services, read);
  const image = imageOf(engine, config.images, server);
  const diagnostics = [...said, ...found, ...(image === null ? [imageMissing(owner, engine, server)] : [])];
  const name = cronJobName(engine.kind, owner.namespace, owner.name);
  if (!settings.ok || connection === null || image === null || diagnostics.some(isError)) {
    return { kind: "held", owner, cronJobName: name, diagnostics };
  }
  const { schedule, timeZone, skip, compression, recipients } = known;
  const { cluster, controlNamespace, destination, job, imagePullPolicy, serviceAccountName } = config;
  const plan = {
    ...{ cluster, owner, ownerUid, cronJobName: name, controlNamespace, engine, schedule, timeZone, ...connection },
    ...{ skip, compression, recipients, destination, job, image, imagePullPolicy, serviceAccountName },
  };
  const untrusted = plan.https && job.caConfigMapName === null ? [authorityMissing(owner, plan.host)] : [];
  return { kind: "on", owner, plan, warnings: [...diagnostics, ...untrusted] };
}

/**
 * The settings that say what the database is, when others are wrong: with them its Service and credentials are looked at
 * all the same, so that all problems of a workload are told at once. Never to be applied. Null: one of these is wrong too.
 */
function essentials(annotations: Annotations, owner: ObjectRef, config: PlanConfig): SnapshotSettings | null {
  const kept = ["type", "service", "port", "container", "database"].flatMap((key) => {
    const text = annotations[annotationPrefix + key];
    return text === undefined ? [] : [[annotationPrefix + key, text] as const];
  });
  const valid = { [`${annotationPrefix}enabled`]: "true", [`${annotationPrefix}schedule`]: "@daily" };
  const defaults = { ...config.defaults, encryptionEnabled: false };
  const settings = parseAnnotations({ ...Object.fromEntries(kept), ...valid }, owner, defaults);
  return settings.ok && settings.value !== "off" ? settings.value : null;
}

/** Two workloads of one name map to one CronJob, whose name has no kind in it: neither may have it. */
function holdCollisions(decisions: readonly Decision[]): readonly Decision[] {
  const claimants = new Map(
    [...Map.groupBy(decisions, nameOf)].flatMap(([name, those]) =>
      name === null || those.length === 1 ? [] : [[name, those.map(({ owner }) => ownerText(owner)).sort()] as const],
    ),
  );
  return decisions.map((decision) => {
    const name = nameOf(decision);
    const texts = name === null ? undefined : claimants.get(name);
    if (name === null || texts === undefined || decision.kind === "off") return decision;
    const { owner } = decision;
    const collision = nameCollision(owner, name, texts);
    return { kind: "held", owner, cronJobName: name, diagnostics: [...diagnosticsOf(decision), collision] };
  });
}

function nameOf(decision: Decision): string | null {
  switch (decision.kind) {
    case "on":
      return decision.plan.cronJobName;
    case "held":
      return decision.cronJobName;
    case "off":
      return null;
  }
}

/** What is wrong, or worth a warning, with a decision's workload. */
export function diagnosticsOf(decision: Decision): readonly Diagnostic[] {
  switch (decision.kind) {
    case "on":
      return decision.warnings;
    case "held":
      return decision.diagnostics;
    case "off":
      return [];
  }
}

function imageMissing(subject: ObjectRef, engine: Engine, server: EngineKind): Diagnostic {
  return {
    code: "image-missing",
    subject,
    problem: `The operator was given no dumper image for ${engineText(engine)}.`,
    remedy: `Set ${imageVariablesOf(engine, server).join(" or ")} on the operator.`,
  };
}

function authorityMissing(subject: ObjectRef, host: string): Diagnostic {
  return {
    code: "authority-missing",
    subject,
    problem: `${host} is asked by https, and the jobs trust none but the system's authorities.`,
    remedy:
      "Unless a public authority signed its certificate, name a ConfigMap with the one that did in jobs.caConfigMap.",
  };
}

function unreadable(name: string, problem: string): Diagnostic {
  return {
    code: "namespace-unreadable",
    subject: { kind: "Namespace", namespace: "", name },
    problem: `Its workloads are unknown, and their schedules are left as they are: ${problem}.`,
    remedy: "Check that the operator's Role and RoleBinding for the namespace are in place.",
  };
}
