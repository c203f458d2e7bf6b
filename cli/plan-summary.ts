import { isError } from "../contract/diagnostic.ts";
import type { LocatedDiagnostic } from "../operator/plan-manifests.ts";
import type { ObjectChange, PlanReport, WorkloadReport } from "./plan-report.ts";

/** How many there are of everything. */
export interface PlanSummary extends Readonly<Record<ObjectChange["action"], number>> {
  readonly workloads: Readonly<Record<WorkloadReport["state"], number>>;
  readonly errors: number;
  readonly warnings: number;
}

export function summaryOf(report: PlanReport): PlanSummary {
  const states = report.workloads.map(({ state }) => state);
  const actions = report.workloads.flatMap(({ changes }) => changes.map(({ action }) => action));
  const diagnostics = allDiagnostics(report);
  const errors = diagnostics.filter(isError).length;
  return {
    workloads: {
      on: count(states, "on"),
      held: count(states, "held"),
      off: count(states, "off"),
      gone: count(states, "gone"),
    },
    ...{ create: count(actions, "create"), change: count(actions, "change") },
    ...{ keep: count(actions, "keep"), remove: count(actions, "remove") },
    ...{ errors, warnings: diagnostics.length - errors },
  };
}

/** Of the workloads and of what belongs to none. */
export function allDiagnostics({ workloads, others }: PlanReport): readonly LocatedDiagnostic[] {
  return [...others, ...workloads.flatMap(({ diagnostics }) => diagnostics)];
}

/** `2 workloads: 1 on, 1 held. Objects: 2 to create. 1 error, 0 warnings.` */
export function summaryText(report: PlanReport): string {
  const { workloads, errors, warnings, ...actions } = summaryOf(report);
  const states = listed(workloads);
  const verbs = { create: "to create", change: "to change", keep: "to keep", remove: "to remove" } as const;
  const counts = Object.entries(verbs).map(([action, verb]) => [verb, actions[action as keyof typeof verbs]] as const);
  const objects = listed(Object.fromEntries(counts));
  return [
    `${several(report.workloads.length, "workload")}${states === "" ? "" : `: ${states}`}.`,
    ...(objects === ""
      ? []
      : [`Objects: ${objects}${report.source === "manifests" ? ", if the cluster has none of them" : ""}.`]),
    `${several(errors, "error")}, ${several(warnings, "warning")}.`,
  ].join(" ");
}

function listed(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .filter(([, number]) => number > 0)
    .map(([what, number]) => `${number} ${what}`)
    .join(", ");
}

function several(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function count<T>(values: readonly T[], wanted: T): number {
  return values.filter((value) => value === wanted).length;
}
