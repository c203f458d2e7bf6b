import type { EngineFamily } from "../../contract/engine.ts";
import type { Workload } from "./workloads.ts";

/** Where an operator keeps the account of a database that it manages: in no variable of the database's container. */
export interface ManagedAccount {
  /** The Secrets that may hold it, in the order in which they count. */
  readonly secrets: readonly string[];
  /** The key of the username, or the one that it always is. */
  readonly username: { readonly key: string } | { readonly value: string };
  /** Keys of the Secret. */
  readonly password: string;
  readonly database: string | null;
}

interface Convention {
  readonly family: EngineFamily;
  /** On the pods; its value is the cluster's name. */
  readonly label: string;
  readonly accountOf: (cluster: string, isSuperuserWanted: boolean) => ManagedAccount;
}

const conventions: readonly Convention[] = [
  {
    // https://cloudnative-pg.io/documentation/current/applications/#secrets
    family: "postgresql",
    label: "cnpg.io/cluster",
    accountOf: (cluster, isSuperuserWanted) => ({
      secrets: isSuperuserWanted ? [`${cluster}-superuser`, `${cluster}-app`] : [`${cluster}-app`],
      ...{ username: { key: "username" }, password: "password", database: "dbname" },
    }),
  },
  {
    // https://access.crunchydata.com/documentation/postgres-operator/latest/architecture/user-management (Percona's too)
    family: "postgresql",
    label: "postgres-operator.crunchydata.com/cluster",
    accountOf: (cluster, isSuperuserWanted) => ({
      secrets: [...(isSuperuserWanted ? [`${cluster}-pguser-postgres`] : []), `${cluster}-pguser-${cluster}`],
      ...{ username: { key: "user" }, password: "password", database: "dbname" },
    }),
  },
  {
    // https://www.elastic.co/docs/deploy-manage/users-roles/cluster-or-deployment-auth/orchestrator-managed-users-overview
    family: "search",
    label: "elasticsearch.k8s.elastic.co/cluster-name",
    accountOf: (cluster) => ({
      secrets: [`${cluster}-es-elastic-user`],
      ...{ username: { value: "elastic" }, password: "elastic", database: null },
    }),
  },
];

/** Null when no operator that is known manages the workload. */
export function managedAccount(
  family: EngineFamily,
  labels: Workload["labels"],
  isSuperuserWanted: boolean,
): ManagedAccount | null {
  for (const one of conventions) {
    const cluster = labels[one.label];
    if (one.family === family && cluster !== undefined) return one.accountOf(cluster, isSuperuserWanted);
  }
  return null;
}
