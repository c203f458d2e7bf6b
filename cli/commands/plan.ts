import { sentences } from "../../contract/diagnostic.ts";
import { cliExitCode } from "../../contract/exit-code.ts";
import { annotationPrefix } from "../../contract/labels.ts";
import type { OperatorConfig } from "../../operator/config.ts";
import { planFromManifests } from "../../operator/plan-manifests.ts";
import { type Command, type Terminal, UsageError } from "../command.ts";
import { signalExitCodes } from "../failures.ts";
import { manifestFiles, textOf } from "../manifest-files.ts";
import { defaultOperatorConfig, operatorConfigOf } from "../plan-config.ts";
import { diffText, yamlText } from "../plan-diff.ts";
import { planJson } from "../plan-json.ts";
import { type PlanReport, reportOfManifests } from "../plan-report.ts";
import { summaryOf } from "../plan-summary.ts";
import { planTree } from "../plan-tree.ts";

const outputs = ["tree", "diff", "json", "yaml"] as const;

interface PlanArgs {
  file: string | string[] | undefined;
  config: string | undefined;
  namespace: string | string[] | undefined;
  context: string | undefined;
  output: (typeof outputs)[number];
  json: boolean;
}

/** `ksnapshot plan`: what the operator would do, with manifests before they are committed or with a cluster as it is. */
export const planCommand: Command<PlanArgs> = {
  command: "plan",
  describe: "Show what annotated databases would get, where every value comes from, and every problem",
  options: (yargs) =>
    yargs
      .option("file", {
        alias: "f",
        type: "string", // and not an array, of which yargs takes "-" for the end; given twice it is one
        requiresArg: true,
        describe: "A YAML file, a folder of them, or - for standard input; may be repeated. Without it: the cluster",
      })
      .option("config", {
        type: "string",
        requiresArg: true,
        describe:
          "The installation's ksnapshot.yaml. Without it: what the cluster's operator was told, or the defaults",
      })
      .option("namespace", {
        alias: "n",
        type: "string",
        requiresArg: true,
        describe: "Of a cluster the ones to look at; with -f that of objects that name none (default)",
      })
      .option("context", {
        type: "string",
        requiresArg: true,
        describe: "Of the kubeconfig. Without it: the current one",
      })
      .option("output", {
        alias: "o",
        choices: outputs,
        default: "tree" as const,
        describe: "yaml: the exact CronJobs and Secrets, redacted; diff: what changes",
      })
      .option("json", { type: "boolean", default: false, describe: "The same as --output json" })
      .example("$0 plan -f examples/postgresql.yaml", "One workload, as a tree")
      .example("helm template shop ./chart | $0 plan -f -", "In CI: exit 1 when a workload has an error")
      .example("$0 plan -f deploy/ -o yaml", "The CronJobs and Secrets that the operator would apply")
      .example("$0 plan", "What the operator's next pass would change in the cluster; nothing is written")
      .epilogue(
        `Exit codes: 0 well, 1 a workload has an error or something cannot be read, 2 usage, ${signalExitCodes}.`,
      ),
  async run(args, terminal) {
    const files = [args.file ?? []].flat();
    const namespaces = [args.namespace ?? []].flat();
    const given = args.config === undefined ? null : readConfig(args.config, terminal);
    if (given === "invalid") return cliExitCode.notWell;
    const report =
      files.length > 0
        ? fromFiles(files, namespaces, given, args)
        : await fromCluster(namespaces, given, args, terminal);
    terminal.out(shown(report, args.json ? "json" : args.output, new Date()));
    if (report.workloads.length === 0) {
      terminal.err(
        `no annotated workload was found${files.length > 0 ? ` in ${files.join(", ")}` : ""}: a pod template needs ${annotationPrefix}enabled: "true"\n`,
      );
    }
    return summaryOf(report).errors > 0 ? cliExitCode.notWell : cliExitCode.well;
  },
};

function fromFiles(
  files: readonly string[],
  namespaces: readonly string[],
  config: OperatorConfig | null,
  { context }: PlanArgs,
): PlanReport {
  if (context !== undefined) throw new UsageError("--context is of a cluster, and -f asks none");
  const [namespace, ...more] = namespaces;
  if (more.length > 0) throw new UsageError("with -f there is one --namespace: that of objects that name none");
  return reportOfManifests(
    planFromManifests(files.flatMap(manifestFiles), config ?? defaultOperatorConfig(), {
      ...(namespace === undefined ? {} : { namespace }),
      ...(config === null ? {} : { watchNamespaces: config.watchNamespaces }),
    }),
  );
}

async function fromCluster(
  namespaces: readonly string[],
  config: OperatorConfig | null,
  { context }: PlanArgs,
  terminal: Terminal,
): Promise<PlanReport> {
  // Here and not above: the Kubernetes client would slow every other command down.
  const { reportOfRunningCluster } = await import("../plan-live.ts");
  return reportOfRunningCluster({ context: context ?? null, config, namespaces, terminal });
}

function shown(report: PlanReport, output: (typeof outputs)[number], now: Date): string {
  switch (output) {
    case "tree":
      return planTree(report, now);
    case "diff":
      return report.workloads
        .flatMap(({ changes }) => changes)
        .filter(({ action }) => action !== "keep")
        .map((change) =>
          diffText(change.views(), `${change.object.kind}/${change.object.namespace}/${change.object.name}`),
        )
        .join("");
    case "yaml":
      return report.workloads
        .flatMap(({ plan, changes }) => (plan === null ? [] : changes.map(({ views }) => views().after)))
        .flatMap((object) => (object === null ? [] : [`---\n${yamlText(object)}`]))
        .join("");
    case "json":
      return `${JSON.stringify(planJson(report, now), null, 2)}\n`;
  }
}

function readConfig(path: string, terminal: Terminal): OperatorConfig | "invalid" {
  const config = operatorConfigOf(textOf(path), path);
  if (config.ok) return config.value;
  terminal.err(sentences(config.diagnostics));
  return "invalid";
}
