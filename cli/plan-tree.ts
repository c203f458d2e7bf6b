import type { Finding, SnapshotPlan } from "../contract/plan.ts";
import { diffLines } from "./plan-diff.ts";
import type { ObjectChange, PlanReport, WorkloadReport } from "./plan-report.ts";
import { allDiagnostics, summaryText } from "./plan-summary.ts";
import { credentialText, destinationText, problemText, runTexts } from "./plan-text.ts";
import { style } from "./style.ts";

interface Branch {
  readonly label: string;
  readonly text: string;
  readonly paint?: (label: string) => string;
  /** What hangs from it. */
  readonly twigs?: readonly string[];
  /** Lines that follow it as they are. */
  readonly lines?: readonly string[];
}

/** Every workload as a tree for people, then what is wrong outside of them. Colours only where the terminal has them. */
export function planTree(report: PlanReport, now: Date): string {
  const trees = report.workloads.map((workload) => workloadTree(workload, now));
  const others = report.others.length === 0 ? [] : [report.others.map((one) => `${problemText(one)}\n`).join("")];
  const hint = allDiagnostics(report).length === 0 ? "" : ` ${style.dim("ksnapshot explain <code> tells more.")}`;
  return [...trees, ...others, `${summaryText(report)}${hint}\n`].join("\n");
}

function workloadTree({ owner, location, state, plan, changes, diagnostics }: WorkloadReport, now: Date): string {
  const name = style.bold(`${owner.kind} ${owner.namespace}/${owner.name}`);
  const branches: readonly Branch[] = [
    ...(plan === null ? [stateBranches[state]] : branchesOf(plan, now)),
    ...changes.map(changeBranch),
    ...diagnostics.map((one) => ({ label: "", text: problemText(one) })),
  ];
  const lines = branches.flatMap((branch, index) => drawn(branch, index === branches.length - 1));
  return `${[location === null ? name : `${name}  ${style.dim(location)}`, ...lines].join("\n")}\n`;
}

const stateBranches = {
  on: { label: "on", text: "" },
  held: {
    ...{ label: "held", paint: style.red },
    text: "no snapshots until this is mended; a CronJob that exists stays as it is",
  },
  off: { label: "off", text: "no snapshots are wanted" },
  gone: { label: "gone", text: "the workload does not exist any more" },
} as const;

function branchesOf(plan: SnapshotPlan, now: Date): readonly Branch[] {
  const { engine, findings, recipients, credentials } = plan;
  return [
    found("engine", findings.engine),
    ...(findings.version === null ? [] : [found("version", findings.version)]),
    ...("pageSize" in engine ? [{ label: "pages", text: `of ${engine.pageSize} documents` }] : []),
    found("container", findings.container),
    found("service", findings.service),
    found("port", findings.port),
    ...(plan.https ? [{ label: "connection", text: "https" }] : []),
    { label: "credentials", text: credentials.length === 0 ? "none" : "", twigs: credentials.map(credentialText) },
    { label: "schedule", text: `${plan.schedule} ${style.dim(`(${plan.timeZone})`)}`, twigs: runTexts(plan, now) },
    { label: "left out", text: plan.skip.length === 0 ? "nothing" : plan.skip.join(", ") },
    { label: "compression", text: plan.compression },
    { label: "encryption", text: recipients.length === 0 ? "off" : "age, for", twigs: recipients },
    { label: "destination", text: destinationText(plan.destination, plan.controlNamespace) },
    { label: "image", text: plan.image },
  ];
}

function found(label: string, { value, because }: Finding): Branch {
  return { label, text: `${value.padEnd(16)}  ${style.dim(because)}` };
}

const paints = { create: style.green, change: style.yellow, keep: style.dim, remove: style.red } as const;

function changeBranch(change: ObjectChange): Branch {
  const { action, object, because } = change;
  const name = `${object.kind} ${object.namespace}/${object.name}`;
  const text = because === null ? name : `${name}  ${style.dim(because)}`;
  return { label: action, paint: paints[action], text, lines: action === "change" ? changedLines(change) : [] };
}

function changedLines(change: ObjectChange): readonly string[] {
  const lines = diffLines(change.views());
  if (lines.length === 0) return [style.dim("the same, and to be taken over from another field manager")];
  return lines.map((line) =>
    line.startsWith("+") ? style.green(line) : line.startsWith("-") ? style.red(line) : style.dim(line),
  );
}

function drawn(branch: Branch, isLast: boolean): readonly string[] {
  const { label, text, paint = String, twigs = [], lines = [] } = branch;
  const [fork, trunk] = isLast ? ["└─", "  "] : ["├─", "│ "];
  return [
    `${fork} ${label === "" ? text : `${paint(label.padEnd(12))} ${text}`}`.trimEnd(),
    ...twigs.map((twig, index) => `${trunk} ${index === twigs.length - 1 ? "└─" : "├─"} ${twig}`),
    ...lines.map((line) => `${trunk}     ${line}`),
  ];
}
