import pc from "picocolors";
import { isError } from "../contract/diagnostic.ts";
import { engineText } from "../contract/engine.ts";
import { credentialsSecretName } from "../contract/labels.ts";
import type { Credential, Destination, SnapshotPlan, ValueSource } from "../contract/plan.ts";
import { nextRuns } from "../contract/next-runs.ts";
import { unreachable } from "../contract/brand.ts";
import type { LocatedDiagnostic, PlannedManifests, PlannedWorkload } from "../operator/plan-manifests.ts";

/** How many of the next runs are shown. */
export const shownRuns = 3;

interface Branch {
  readonly label: string;
  readonly text: string;
  readonly twigs?: readonly string[];
}

/** Every workload as a tree for people, then what is wrong outside of them. Colours only where the terminal has them. */
export function planTree({ workloads, diagnostics }: PlannedManifests, now: Date): string {
  const own = new Set(workloads.flatMap((workload) => workload.diagnostics));
  const others = diagnostics.filter((diagnostic) => !own.has(diagnostic)).map(problemText);
  return [...workloads.map((workload) => workloadTree(workload, now)), ...others.map((text) => `${text}\n`)].join("\n");
}

function workloadTree({ owner, location, plan, diagnostics }: PlannedWorkload, now: Date): string {
  const title = `${pc.bold(`${owner.kind} ${owner.namespace}/${owner.name}`)}${location === null ? "" : `  ${pc.dim(location)}`}`;
  const held = [
    { label: "held", text: pc.red("no snapshots until this is mended; a CronJob that exists stays as it is") },
  ];
  const branches = [
    ...(plan === null ? held : branchesOf(plan, now)),
    ...diagnostics.map((one) => ({ label: "", text: problemText(one) })),
  ];
  return `${[title, ...branches.flatMap((branch, index) => drawn(branch, index === branches.length - 1))].join("\n")}\n`;
}

function branchesOf(plan: SnapshotPlan, now: Date): readonly Branch[] {
  const { engine, recipients, credentials, cronJobName, controlNamespace } = plan;
  const pages = "pageSize" in engine ? `, pages of ${String(engine.pageSize)}` : "";
  return [
    { label: "engine", text: `${engineText(engine)}${pages}` },
    { label: "service", text: `${plan.host}:${String(plan.port)}` },
    ...(credentials.length === 0 ? [] : [{ label: "credentials", text: "", twigs: credentials.map(credentialText) }]),
    { label: "schedule", text: `${plan.schedule} (${plan.timeZone})`, twigs: runTexts(plan, now) },
    ...(plan.skip.length === 0 ? [] : [{ label: "left out", text: plan.skip.join(", ") }]),
    { label: "compression", text: plan.compression },
    { label: "encryption", text: recipients.length === 0 ? "off" : "for", twigs: recipients },
    { label: "destination", text: destinationText(plan.destination, controlNamespace) },
    { label: "image", text: plan.image },
    { label: "CronJob", text: `${controlNamespace}/${cronJobName}` },
    ...(credentials.length === 0
      ? []
      : [{ label: "Secret", text: `${controlNamespace}/${credentialsSecretName(cronJobName)}` }]),
  ];
}

function drawn({ label, text, twigs = [] }: Branch, isLast: boolean): readonly string[] {
  const [fork, trunk] = isLast ? ["└─", "  "] : ["├─", "│ "];
  const first = `${fork} ${label === "" ? text : `${label.padEnd(12)} ${text}`}`.trimEnd();
  return [first, ...twigs.map((twig, index) => `${trunk} ${index === twigs.length - 1 ? "└─" : "├─"} ${twig}`)];
}

function credentialText({ name, source, value }: Credential): string {
  const origin = sourceText(source);
  return `${name.padEnd(20)}  ${value === null ? `will be read from ${origin}` : origin}`;
}

function sourceText(source: ValueSource): string {
  switch (source.from) {
    case "literal":
      return `literal ${source.variable}`;
    case "Secret":
    case "ConfigMap":
      return `${source.from} ${source.namespace}/${source.name} key ${source.key}`;
    case "field":
      return `the pod's ${source.path}`;
    case "default":
      return `default: ${source.because}`;
    default:
      return unreachable(source);
  }
}

function runTexts({ schedule, timeZone }: SnapshotPlan, now: Date): readonly string[] {
  const runs = nextRuns(schedule, timeZone, now, shownRuns);
  if (runs.length === 0) return [pc.yellow("never: no such date exists")];
  // Swedish writes times as ISO 8601 does.
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" });
  const zone = new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "short" });
  const zoneOf = (run: Date) => zone.formatToParts(run).find(({ type }) => type === "timeZoneName")?.value ?? "";
  return runs.map((run) => `${format.format(run)} ${zoneOf(run)}`);
}

function destinationText(destination: Destination, namespace: string): string {
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

function problemText(diagnostic: LocatedDiagnostic): string {
  const { code, subject, field, problem, remedy, location } = diagnostic;
  const severity = isError(diagnostic) ? pc.red("error") : pc.yellow("warning");
  const place =
    location ?? (subject.namespace === "" ? subject.name : `${subject.kind} ${subject.namespace}/${subject.name}`);
  return `${severity} ${code} ${pc.dim(`(${place})`)} ${field === undefined ? "" : `${field}: `}${problem} ${remedy}`;
}
