import { nextRuns } from "../contract/next-runs.ts";
import type { Credential, ObjectRef, SnapshotPlan } from "../contract/plan.ts";
import { isError } from "../contract/diagnostic.ts";
import type { LocatedDiagnostic } from "../operator/plan-manifests.ts";
import { diffText } from "./plan-diff.ts";
import type { ObjectChange, PlanReport, WorkloadReport } from "./plan-report.ts";
import { allDiagnostics, summaryOf } from "./plan-summary.ts";
import { shownRuns } from "./plan-text.ts";

/**
 * The plan for programs, in the form that docs/plan.md describes: fields are added to it, and none is renamed or removed
 * without another `formatVersion`. Made by hand of each field, so that no change inside changes it.
 */
export function planJson(report: PlanReport, now: Date): object {
  return {
    formatVersion: 1,
    source: report.source,
    summary: summaryOf(report),
    workloads: report.workloads.map((workload) => workloadJson(workload, now)),
    diagnostics: allDiagnostics(report).map(diagnosticJson),
  };
}

function workloadJson({ owner, location, state, plan, changes, diagnostics }: WorkloadReport, now: Date): object {
  return {
    owner: refJson(owner),
    location,
    state,
    snapshot: plan === null ? null : snapshotJson(plan, now),
    changes: changes.map(changeJson),
    diagnostics: diagnostics.map(diagnosticJson),
  };
}

function snapshotJson(plan: SnapshotPlan, now: Date): object {
  const { engine, findings, destination, controlNamespace } = plan;
  return {
    engine: engine.kind,
    version: "version" in engine ? engine.version : null,
    ...{ host: plan.host, port: plan.port, https: plan.https },
    findings,
    credentials: plan.credentials.map(credentialJson),
    schedule: plan.schedule,
    timeZone: plan.timeZone,
    nextRuns: nextRuns(plan.schedule, plan.timeZone, now, shownRuns).map((run) => run.toISOString()),
    leftOut: plan.skip,
    compression: plan.compression,
    recipients: plan.recipients,
    destination: { namespace: controlNamespace, ...destination },
    image: plan.image,
    cronJob: { kind: "CronJob", namespace: controlNamespace, name: plan.cronJobName },
  };
}

/** Whether the value was seen, and never the value. */
function credentialJson({ name, source, value }: Credential): object {
  return { name, source, isKnown: value !== null };
}

function changeJson(change: ObjectChange): object {
  const { action, object, because } = change;
  const diff =
    action !== "change" ? null : diffText(change.views(), `${object.kind}/${object.namespace}/${object.name}`);
  return { action, object: refJson(object), because, diff };
}

function diagnosticJson(diagnostic: LocatedDiagnostic): object {
  const { code, subject, location, field = null, problem, remedy } = diagnostic;
  const severity = isError(diagnostic) ? "error" : "warning";
  return { code, severity, subject: refJson(subject), location, field, problem, remedy };
}

function refJson({ kind, namespace, name }: ObjectRef): ObjectRef {
  return { kind, namespace, name };
}
