import type { ObjectRef } from "../contract/plan.ts";
import type { Cluster } from "./cluster/cluster.ts";
import type { OperatorConfig } from "./config.ts";
import { observeOwned } from "./observe.ts";
import type { Changes, Owned } from "./plan/changes.ts";
import { claimOf } from "./plan/ownership.ts";
import { decideChanges } from "./reconcile.ts";

/** What the operator's next pass would do, and what there is. */
export interface ClusterPlan extends Changes {
  readonly owned: Owned;
}

/**
 * Decides what the operator's next pass would do, by its very code, and does none of it.
 *
 * @param namespaces the ones to look at; null: all that the operator watches
 * @throws {ApiFailed} when what the operator has made cannot be read
 */
export async function planFromCluster(
  cluster: Cluster,
  config: OperatorConfig,
  namespaces: readonly string[] | null,
): Promise<ClusterPlan> {
  const all = await observeOwned(cluster, config);
  if (namespaces === null) return { ...(await decideChanges(cluster, config, all)), owned: all };
  const isAskedFor = (object: Owned["cronJobs"][number]) => {
    const claim = claimOf(object);
    return claim === null || namespaces.includes(claim.namespace);
  };
  const owned = { ...all, cronJobs: all.cronJobs.filter(isAskedFor), secrets: all.secrets.filter(isAskedFor) };
  return { ...(await decideChanges(cluster, { ...config, watchNamespaces: namespaces }, owned)), owned };
}

/** The owner that an object of ours says it has. Null for what merely carries our label. */
export function ownerOf(object: Owned["cronJobs"][number]): ObjectRef | null {
  const claim = claimOf(object);
  return claim === null ? null : { ...claim, kind: claim.kind ?? "Workload" };
}
