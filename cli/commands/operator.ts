import type { Command } from "../command.ts";

/** `ksnapshot operator`: what the operator's image runs. */
export const operatorCommand: Command<object> = {
  command: "operator",
  describe: "Run the operator against the current cluster, configured by its environment variables",
  options: (yargs) =>
    yargs.example(
      "WATCH_NAMESPACES=shop,blog POSTGRESQL_DUMPER_IMAGE=registry.example/dumper:1 $0 operator",
      "With the kubeconfig that kubectl would use; SIGTERM ends it",
    ),
  async run(_args, { env, signal }) {
    // Here and not above: the Kubernetes client would slow every other command down.
    const [{ loadKubeConfig }, { runOperator }] = await Promise.all([
      import("../kube-config.ts"),
      import("../../operator/run.ts"),
    ]);
    return runOperator({ env, kubeConfig: loadKubeConfig(null), signal });
  },
};
