import type { KubeConfig } from "@kubernetes/client-node";
import type { Environment } from "../contract/dump-request.ts";
import { cliExitCode } from "../contract/exit-code.ts";
import { version } from "../contract/version.ts";
import { type Log, openLog } from "../runtime/log.ts";
import { ApiFailed, type Cluster } from "./cluster/cluster.ts";
import { kubeCluster } from "./cluster/kube-cluster.ts";
import { type OperatorConfig, parseOperatorConfig } from "./config.ts";
import { runLoop } from "./loop.ts";
import { reconcile } from "./reconcile.ts";
import { logDiagnostic, logReport, type Report } from "./report.ts";

export interface OperatorProcess {
  readonly env: Environment;
  /** Where the cluster is, and who we are there. */
  readonly kubeConfig: KubeConfig;
  readonly signal: AbortSignal;
}

/** Runs the operator until the signal fires; gives the exit code: 0 when it did, 2 when the environment is invalid. */
export async function runOperator({ env, kubeConfig, signal }: OperatorProcess): Promise<number> {
  const config = parseOperatorConfig(env);
  const log = openLog({ name: "operator", level: config.ok ? config.value.logLevel : "info" });
  for (const diagnostic of config.ok ? config.warnings : config.diagnostics) logDiagnostic(log, diagnostic);
  if (!config.ok) return cliExitCode.usage;

  const { watchNamespaces, controlNamespace, intervalMs } = config.value;
  log.info({ version, watchNamespaces, controlNamespace, intervalSeconds: intervalMs / 1000 }, "Operator started");
  const cluster = kubeCluster(kubeConfig, signal);
  const report = logReport(log);
  const pass = () => runPass({ cluster, config: config.value, signal, log, report });
  await runLoop({ pass, intervalMs, signal });
  log.info("Operator stopped");
  return cliExitCode.well;
}

interface Pass {
  readonly cluster: Cluster;
  readonly config: OperatorConfig;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly report: Report;
}

/** Whether every read of ours and every write succeeded. A namespace that cannot be read is reported, and no reason to hurry. */
async function runPass({ cluster, config, signal, log, report }: Pass): Promise<boolean> {
  try {
    const outcome = await reconcile(cluster, config, signal);
    report(outcome);
    return outcome.faults.length === 0;
  } catch (error) {
    if (signal.aborted) return true; // what was given up halfway is no failure
    if (error instanceof ApiFailed) log.error({ error: error.message }, "Pass failed");
    else log.error({ err: error }, "Pass failed by a fault of ours");
    return false;
  }
}
