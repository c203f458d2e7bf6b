import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { isError, sentences } from "../../contract/diagnostic.ts";
import { cliExitCode } from "../../contract/exit-code.ts";
import { nextRuns } from "../../contract/next-runs.ts";
import type { OperatorConfig } from "../../operator/config.ts";
import type { ManifestFile } from "../../operator/manifests.ts";
import { type PlannedManifests, planFromManifests } from "../../operator/plan-manifests.ts";
import { renderRedacted } from "../../synth/render.ts";
import { type Command, type Terminal, UsageError } from "../command.ts";
import { defaultOperatorConfig, operatorConfigOf } from "../plan-config.ts";
import { planTree, shownRuns } from "../plan-tree.ts";

const outputs = ["tree", "json", "yaml"] as const;

interface PlanArgs {
  file: string | string[];
  config: string | undefined;
  namespace: string;
  output: (typeof outputs)[number];
  json: boolean;
}

/** `ksnapshot plan`: what the operator would do with manifests, before they are committed. */
export const planCommand: Command<PlanArgs> = {
  command: "plan",
  describe: "Show what annotated manifests would get: source, credentials, schedule, destination, and every problem",
  options: (yargs) =>
    yargs
      .option("file", {
        alias: "f",
        type: "string", // and not an array, of which yargs takes "-" for the end; given twice it is one
        demandOption: true,
        requiresArg: true,
        describe: "A YAML file, a folder of them, or - for standard input; may be repeated",
      })
      .option("config", { type: "string", describe: "The installation's ksnapshot.yaml. Without it: its defaults" })
      .option("namespace", { alias: "n", type: "string", default: "default", describe: "Of objects that name none" })
      .option("output", {
        alias: "o",
        choices: outputs,
        default: "tree" as const,
        describe: "yaml: the exact objects, redacted",
      })
      .option("json", { type: "boolean", default: false, describe: "The same as --output json" })
      .example("$0 plan -f examples/postgresql.yaml", "One workload, as a tree")
      .example("$0 plan -f - --config ksnapshot.yaml <all.yaml", "In CI: exit 1 when one has an error")
      .example("$0 plan -f deploy/ -o yaml", "The CronJobs and Secrets that the operator would apply"),
  run({ file, config, namespace, output, json }, terminal) {
    const paths = [file].flat();
    const files = paths.flatMap(manifestFiles);
    const operator = config === undefined ? defaultOperatorConfig() : readConfig(config, terminal);
    if (operator === null) return Promise.resolve(cliExitCode.notWell);
    const watched = config === undefined ? {} : { watchNamespaces: operator.watchNamespaces };
    const planned = planFromManifests(files, operator, { namespace, ...watched });
    terminal.out(shown(planned, json ? "json" : output, new Date()));
    if (planned.workloads.length === 0) {
      const names = paths.join(", ");
      terminal.err(
        `no annotated workload was found in ${names}: a pod template needs ksnapshot.clickandmortar.fr/enabled: "true"\n`,
      );
    }
    return Promise.resolve(planned.diagnostics.some(isError) ? cliExitCode.notWell : cliExitCode.well);
  },
};

function shown(planned: PlannedManifests, output: (typeof outputs)[number], now: Date): string {
  switch (output) {
    case "tree":
      return planTree(planned, now);
    case "yaml":
      return planned.plans
        .map(renderRedacted)
        .flatMap(({ cronJob, secret }) => (secret === null ? [cronJob] : [secret, cronJob]))
        .map((object) => `---\n${stringify(object)}`)
        .join("");
    case "json": {
      // A Secret of ours writes itself as [redacted].
      const workloads = planned.workloads.map((workload) => ({
        ...workload,
        nextRuns:
          workload.plan === null ? [] : nextRuns(workload.plan.schedule, workload.plan.timeZone, now, shownRuns),
      }));
      return `${JSON.stringify({ workloads, diagnostics: planned.diagnostics }, null, 2)}\n`;
    }
  }
}

function readConfig(path: string, terminal: Terminal): OperatorConfig | null {
  const config = operatorConfigOf(textOf(path), path);
  if (config.ok) return config.value;
  terminal.err(sentences(config.diagnostics));
  return null;
}

/** Of a folder its own YAML and JSON files, as kubectl takes them: none of the folders in it. */
function manifestFiles(path: string): readonly ManifestFile[] {
  if (path === "-") return [{ name: "stdin", text: readFileSync(0, "utf8") }];
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  if (!isFolder) return [{ name: path, text: textOf(path) }];
  const names = readdirSync(path).filter((name) => /\.(ya?ml|json)$/.test(name));
  if (names.length === 0) throw new UsageError(`there is no YAML or JSON file in ${path}`);
  return names.sort().map((name) => ({ name: join(path, name), text: textOf(join(path, name)) }));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    throw new UsageError(isMissing ? `there is no ${path}` : `cannot read ${path}: ${String(error)}`, { cause: error });
  }
}
