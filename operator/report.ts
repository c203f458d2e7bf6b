import { type Diagnostic, isError } from "../contract/diagnostic.ts";
import type { ObjectRef } from "../contract/plan.ts";
import type { Log } from "../runtime/log.ts";
import type { PassOutcome } from "./reconcile.ts";

/** Tells of each pass. */
export type Report = (outcome: PassOutcome) => void;

/**
 * Tells the log: one line for each change and each fault, and one for each diagnostic that is new, changed or mended since
 * the pass before. A pass that changed nothing is told at debug only.
 */
export function logReport(log: Log): Report {
  let known: ReadonlyMap<string, Diagnostic> = new Map();
  return (outcome) => {
    for (const object of outcome.applied) log.info(named(object), `Applied ${object.kind}`);
    for (const { object, reason } of outcome.pruned) log.info({ ...named(object), reason }, `Removed ${object.kind}`);
    for (const { verb, object, error } of outcome.faults) {
      log.error({ ...named(object), error: error.message }, `Could not ${verb} ${object.kind}`);
    }
    const current = new Map(outcome.diagnostics.map((one) => [identityOf(one), one] as const));
    for (const [identity, one] of current) if (known.get(identity)?.problem !== one.problem) logDiagnostic(log, one);
    for (const [identity, { code, subject, field }] of known) {
      if (!current.has(identity)) log.info({ code, ...subjectOf(subject), field }, "Problem is gone");
    }
    known = current;
    const counts = { applied: outcome.applied.length, pruned: outcome.pruned.length, held: outcome.held };
    log.debug({ ...counts, problems: outcome.diagnostics.length }, "Pass ended");
  };
}

/** As a problem of a setting is told at the start, and one of a workload in each pass. */
export function logDiagnostic(log: Log, diagnostic: Diagnostic): void {
  const { code, subject, field, problem, remedy } = diagnostic;
  const fields = { code, ...subjectOf(subject), field, problem, remedy };
  if (isError(diagnostic)) log.error(fields, "Problem found");
  else log.warn(fields, "Problem found");
}

function identityOf({ code, subject, field }: Diagnostic): string {
  return JSON.stringify([code, subject.kind, subject.namespace, subject.name, field]);
}

/** `{"cronJob":"ksnapshot/pg-a"}` */
function named({ kind, namespace, name }: ObjectRef): object {
  return { [kind.charAt(0).toLowerCase() + kind.slice(1)]: `${namespace}/${name}` };
}

/** `{"kind":"Deployment","object":"shop/db"}` */
function subjectOf({ kind, namespace, name }: ObjectRef): object {
  return { kind, object: namespace === "" ? name : `${namespace}/${name}` };
}
