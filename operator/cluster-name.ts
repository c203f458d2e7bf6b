import { ApiFailed, type Cluster } from "./cluster/cluster.ts";
import type { PlanConfig } from "./config.ts";

/**
 * The configuration with the installation's name: the one that was given, else the UID of the operator's own namespace.
 * That of kube-system would outlive it, but who may read that differs from one to the next: the operator and a person who
 * plans would give one installation two names. Null where the namespace may not be read.
 * @throws {ApiFailed} for any answer but a clear one: the name must not change with a passing failure
 */
export async function withClusterName<Config extends PlanConfig>(cluster: Cluster, config: Config): Promise<Config> {
  if (config.cluster !== null) return config;
  try {
    const namespace = await cluster.get("Namespace", "", config.controlNamespace);
    return { ...config, cluster: namespace?.metadata.uid ?? null };
  } catch (error) {
    if (error instanceof ApiFailed && error.status?.reason === "Forbidden") return config;
    throw error;
  }
}
