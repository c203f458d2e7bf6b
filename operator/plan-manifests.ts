import { type Diagnostic, isError, readable } from "../contract/diagnostic.ts";
import type { ObjectRef, SnapshotPlan } from "../contract/plan.ts";
import type { PlanConfig } from "./config.ts";
import { type ManifestFile, parseManifests } from "./manifests.ts";
import { type Decision, diagnosticsOf, planSnapshots } from "./plan/snapshots.ts";

/** One annotated workload of the manifests. */
export interface PlannedWorkload {
  readonly owner: ObjectRef;
  /** `file:line` of the owner. */
  readonly location: string | null;
  /** Null when an error holds it. A credential has no value where its Secret is not among the manifests. */
  readonly plan: SnapshotPlan | null;
  readonly diagnostics: readonly LocatedDiagnostic[];
}

/** With the `file:line` where the problem stands, if it stands in a manifest. */
export interface LocatedDiagnostic extends Diagnostic {
  readonly location: string | null;
}

export interface PlannedManifests {
  readonly workloads: readonly PlannedWorkload[];
  /** The plans of all workloads that are well. */
  readonly plans: readonly SnapshotPlan[];
  /** All that there are: of the workloads, of the files, of what the jobs need. */
  readonly diagnostics: readonly LocatedDiagnostic[];
}

export interface ManifestOptions {
  /** Of objects that name none. Default `default`. */
  readonly namespace?: string;
  /** What the operator will watch: workloads elsewhere are an error. Default: every namespace of the manifests. */
  readonly watchNamespaces?: readonly string[];
}

/** What the operator would do if these manifests were applied: its very code, on files instead of a cluster. */
export function planFromManifests(
  files: readonly ManifestFile[],
  config: PlanConfig,
  { namespace = "default", watchNamespaces }: ManifestOptions = {},
): PlannedManifests {
  const manifests = parseManifests(files, namespace);
  const planned = planSnapshots(manifests.readings, config, manifests.read);
  const located = (one: Diagnostic) => ({ ...readable(one), location: manifests.locate(one.subject, one.field) });
  const workloads = planned.decisions.filter(speaks).map((decision) => {
    const { owner } = decision;
    const outside = watchNamespaces?.includes(owner.namespace) === false ? [unwatched(owner)] : [];
    const diagnostics = [...diagnosticsOf(decision), ...outside].map(located);
    const plan = decision.kind === "on" && !diagnostics.some(isError) ? decision.plan : null;
    return { owner, location: manifests.locate(owner), plan, diagnostics };
  });
  return {
    workloads,
    plans: workloads.flatMap(({ plan }) => (plan === null ? [] : [plan])),
    diagnostics: [
      ...[...manifests.diagnostics, ...planned.diagnostics].map(located),
      ...workloads.flatMap(({ diagnostics }) => diagnostics),
    ],
  };
}

/** Files hold no pods, so a template without our annotations is no riddle here. */
function speaks(decision: Decision): boolean {
  return diagnosticsOf(decision).length > 0 || decision.kind === "on";
}

function unwatched(subject: ObjectRef): Diagnostic {
  return {
    code: "namespace-unwatched",
    subject,
    problem: `The operator does not watch the namespace "${subject.namespace}".`,
    remedy: "Add it to watchNamespaces in ksnapshot.yaml and run ksnapshot synth.",
  };
}
