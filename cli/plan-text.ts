import { unreachable } from "../contract/brand.ts";
import { isError } from "../contract/diagnostic.ts";
import { annotationPrefix } from "../contract/labels.ts";
import { nextRuns } from "../contract/next-runs.ts";
import type { Credential, Destination, SnapshotPlan, ValueSource } from "../contract/plan.ts";
import type { LocatedDiagnostic } from "../operator/plan-manifests.ts";
import { style } from "./style.ts";

/** How many of the next runs are shown. */
export const shownRuns = 3;

/** Where a value is from, and never the value. */
export function credentialText({ name, source, value }: Credential): string {
  const origin = sourceText(source);
  return `${name.padEnd(22)}  ${value === null ? `will be read from ${origin}` : origin}`;
}

function sourceText(source: ValueSource): string {
  switch (source.from) {
    case "literal":
      return source.variable.startsWith(annotationPrefix)
        ? `the annotation ${source.variable.slice(annotationPrefix.length)}`
        : `the variable ${source.variable}`;
    case "Secret":
    case "ConfigMap": {
      const text = `${source.from} ${source.namespace}/${source.name} key ${source.key}`;
      return source.file === undefined ? text : `${text} ${style.dim(`(the file ${source.file})`)}`;
    }
    case "field":
      return `the pod's ${source.path}`;
    case "default":
      return `default: ${source.because}`;
    default:
      return unreachable(source);
  }
}

/** In the workload's zone: `Sun 2026-03-29 03:11 GMT+2`. */
export function runTexts({ schedule, timeZone }: SnapshotPlan, now: Date): readonly string[] {
  const runs = nextRuns(schedule, timeZone, now, shownRuns);
  if (runs.length === 0) return [style.yellow("never: there is no such date")];
  const zone = timeZone === "Factory" ? "UTC" : timeZone; // unknown to Intl
  // Swedish writes times as ISO 8601 does.
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
  const words = new Intl.DateTimeFormat("en", { timeZone: zone, weekday: "short", timeZoneName: "short" });
  return runs.map((run) => {
    const parts = words.formatToParts(run);
    const word = (wanted: string) => parts.find(({ type }) => type === wanted)?.value ?? "";
    return `${word("weekday")} ${format.format(run)} ${word("timeZoneName")}`;
  });
}

export function destinationText(destination: Destination, namespace: string): string {
  switch (destination.kind) {
    case "s3": {
      const { configMapName, secretName } = destination;
      const keys = secretName === null ? "the pod's own identity" : `Secret ${namespace}/${secretName}`;
      return `S3: bucket from ConfigMap ${namespace}/${configMapName}, keys from ${keys}`;
    }
    case "directory":
      return `directory: PersistentVolumeClaim ${namespace}/${destination.claimName}`;
    default:
      return unreachable(destination);
  }
}

/** One line: how bad, which, where, what and what to do. */
export function problemText(diagnostic: LocatedDiagnostic): string {
  const { code, subject, field, problem, remedy, location } = diagnostic;
  const severity = isError(diagnostic) ? style.red("error") : style.yellow("warning");
  const object = subject.namespace === "" ? subject.name : `${subject.kind} ${subject.namespace}/${subject.name}`;
  return `${severity} ${code} ${style.dim(`(${location ?? object})`)} ${field === undefined ? "" : `${field}: `}${problem} ${remedy}`;
}
