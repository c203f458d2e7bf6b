import { sentences } from "../contract/diagnostic.ts";
import { ApiFailed, type Cluster } from "../operator/cluster/cluster.ts";
import { kubeCluster } from "../operator/cluster/kube-cluster.ts";
import type { OperatorConfig } from "../operator/config.ts";
import { planFromCluster } from "../operator/plan-cluster.ts";
import { CommandFailed, type Terminal } from "./command.ts";
import { loadKubeConfig } from "./kube-config.ts";
import { defaultOperator, defaultOperatorConfig, runningOperatorConfig } from "./plan-config.ts";
import { type PlanReport, reportOfCluster } from "./plan-report.ts";

export interface LivePlan {
  /** Of the kubeconfig. Null: its current one. */
  readonly context: string | null;
  /** Null: what the operator that runs there was told. */
  readonly config: OperatorConfig | null;
  /** Those to look at. Empty: all that the operator watches. */
  readonly namespaces: readonly string[];
  readonly terminal: Terminal;
}

/** Asks the cluster of the kubeconfig and writes nothing. @throws {CommandFailed} when it cannot be read */
export async function reportOfRunningCluster({ context, config, namespaces, terminal }: LivePlan): Promise<PlanReport> {
  const kubeConfig = loadKubeConfig(context);
  const cluster = kubeCluster(kubeConfig, terminal.signal);
  try {
    const own = kubeConfig.getContextObject(kubeConfig.getCurrentContext())?.namespace ?? "default";
    const told = config ?? (await configOf(cluster, namespaces.length > 0 ? namespaces : [own], terminal));
    const unwatched = namespaces.filter((name) => !told.watchNamespaces.includes(name));
    if (unwatched.length > 0) {
      const watched = told.watchNamespaces.join(", ");
      throw new CommandFailed(
        `the operator does not watch ${unwatched.join(", ")}, only ${watched}: see watchNamespaces in ksnapshot.yaml`,
      );
    }
    return reportOfCluster(await planFromCluster(cluster, told, namespaces.length > 0 ? namespaces : null));
  } catch (error) {
    if (!(error instanceof ApiFailed)) throw error;
    throw new CommandFailed(`cannot read the cluster: ${error.message}`, { cause: error });
  }
}

async function configOf(cluster: Cluster, namespaces: readonly string[], terminal: Terminal): Promise<OperatorConfig> {
  const name = `${defaultOperator.namespace}/${defaultOperator.name}`;
  const running = await runningOperatorConfig(cluster);
  if (running === null) {
    terminal.err(
      `there is no operator ${name}: planning for ${namespaces.join(", ")} with the defaults of ksnapshot.yaml; --config names another\n`,
    );
    return defaultOperatorConfig(namespaces);
  }
  if (running.ok) return running.value;
  throw new CommandFailed(`the operator ${name} has an invalid environment:\n${sentences(running.diagnostics)}`);
}
