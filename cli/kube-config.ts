import { KubeConfig } from "@kubernetes/client-node";
import { UsageError } from "./command.ts";

/**
 * The kubeconfig that kubectl would use, or the identity of the pod that this runs in. To be imported only when a cluster is asked:
 * the Kubernetes client would slow every other command down.
 *
 * @param context null: its current one
 * @throws {UsageError} when there is none, it cannot be read, or has no such context
 */
export function loadKubeConfig(context: string | null): KubeConfig {
  const kubeConfig = new KubeConfig();
  try {
    kubeConfig.loadFromDefault();
  } catch (error) {
    throw new UsageError(`the kubeconfig cannot be read: ${String(error)}`, { cause: error });
  }
  if (context !== null) {
    const names = kubeConfig.getContexts().map(({ name }) => name);
    if (!names.includes(context)) {
      throw new UsageError(`the kubeconfig has no context ${context}; it has ${names.join(", ")}`);
    }
    kubeConfig.setCurrentContext(context);
  }
  // What the client makes up when it finds no kubeconfig at all.
  if (kubeConfig.getCurrentCluster()?.server === "http://localhost:8080") {
    throw new UsageError("there is no kubeconfig, and so no cluster: set KUBECONFIG. (plan -f needs none.)");
  }
  return kubeConfig;
}
