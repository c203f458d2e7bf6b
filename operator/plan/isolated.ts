import type { Diagnostic } from "../../contract/diagnostic.ts";
import type { ObjectRef } from "../../contract/plan.ts";

/** How many places of a stack a diagnostic names. */
const mostPlaces = 3;

/** Does one workload's work. A fault of ours in it holds that one workload, and costs the others nothing. */
export function isolated<T>(subject: ObjectRef, work: () => T, held: (fault: Diagnostic) => T): T {
  try {
    return work();
  } catch (error) {
    return held(planningFailed(subject, error));
  }
}

/** The error's message is left out: a parser quotes what it read, and that may be a password. */
function planningFailed(subject: ObjectRef, error: unknown): Diagnostic {
  const [name, stack = ""] = error instanceof Error ? [error.name, error.stack] : [typeof error];
  const places = stack.split("\n").flatMap((line) => /^ {4}at .*?([^/\\ (]+:\d+:\d+)\)?$/.exec(line)?.[1] ?? []);
  return {
    code: "planning-failed",
    subject,
    problem: `Planning it failed by a fault of ours: ${[name, ...places.slice(0, mostPlaces)].join(" at ")}.`,
    remedy: "Report it with this line and the workload's manifest; other workloads go on.",
  };
}
