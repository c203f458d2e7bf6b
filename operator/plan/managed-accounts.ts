import type { EngineFamily } from "../../contract/engine.ts";
import { byDefault, type DatabaseEnvironment, type Outcome } from "./database-environment.ts";
import type { Workload } from "./workloads.ts";

/** Where an operator keeps the account of a database that it manages: in no variable of the database's container. */
interface ManagedAccount {
  /** The Secrets that may hold it, in the order in which they count. */
  readonly secrets: readonly string[];
  /** The key of the username, or the one that it always is. */
  readonly username: { readonly key: string } | { readonly value: string };
  /** Keys of the Secret. */
  readonly password: string;
  readonly database: string | null;
}

export interface ManagedLogin {
  readonly username: Outcome;
  readonly password: Outcome;
  /** Unset where the operator names none. */
  readonly database: Outcome;
  /** Of a password that is unset, as the end of a sentence. */
  readonly reason: string;
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
    // https://stackgres.io/doc/latest/administration/passwords/
    family: "postgresql",
    label: "stackgres.io/cluster-name",
    accountOf: (cluster) => ({
      secrets: [cluster],
      ...{ username: { key: "superuser-username" }, password: "superuser-password", database: null },
    }),
  },
  {
    // https://dev.mysql.com/doc/mysql-operator/en/: the account by which the operator itself manages an InnoDBCluster
    family: "mysql",
    label: "mysql.oracle.com/cluster",
    accountOf: (cluster) => ({
      secrets: [`${cluster}-privsecrets`],
      ...{ username: { key: "clusterAdminUsername" }, password: "clusterAdminPassword", database: null },
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

/**
 * Looks the account up. Null when no operator that is known manages the workload; a password that is unset when it keeps no
 * such Secret.
 *
 * @param isSuperuserWanted whether the application's own user may too little
 */
export function managedLogin(
  family: EngineFamily,
  environment: DatabaseEnvironment,
  { labels }: Workload,
  isSuperuserWanted: boolean,
): ManagedLogin | null {
  const convention = conventions.find((one) => one.family === family && labels[one.label] !== undefined);
  if (convention === undefined) return null;
  const account = convention.accountOf(labels[convention.label] ?? "", isSuperuserWanted);
  const { secrets, username, password, database } = account;
  const keyOf = (key: string) => environment.secretKey(secrets, key);
  return {
    username: "key" in username ? keyOf(username.key) : byDefault(username.value, "its operator's"),
    password: keyOf(password),
    database: database === null ? "unset" : keyOf(database),
    reason: `, and there is no Secret ${secrets.join(" or ")} with its key ${password}`,
  };
}
