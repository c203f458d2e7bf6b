import { unreachable } from "../../contract/brand.ts";
import { type EngineKind, familyOf } from "../../contract/engine.ts";
import { parseImage } from "./image-reference.ts";
import type { Container } from "./objects.ts";

/** Names under which one value is known, in the order in which they count. Each may have a twin that ends in `_FILE`. */
export type Names = readonly [string, ...string[]];

/** An account of the database, as its image is told of it. */
export interface AccountNames {
  readonly username: Names;
  readonly password: Names;
}

export interface Conventions {
  /** Whom the application uses. */
  readonly user: AccountNames;
  /** Who may do everything. */
  readonly superuser: AccountNames & { readonly byDefault: string };
  readonly database: Names;
}

const postgresqlSuperuser = {
  // Patroni's and Spilo's own names: https://patroni.readthedocs.io/en/latest/ENVIRONMENT.html
  username: ["PGUSER_SUPERUSER", "PATRONI_SUPERUSER_USERNAME"],
  password: [
    ...(["POSTGRESQL_POSTGRES_PASSWORD", "POSTGRES_POSTGRES_PASSWORD", "POSTGRESQL_ADMIN_PASSWORD"] as const),
    ...(["PGPASSWORD_SUPERUSER", "PATRONI_SUPERUSER_PASSWORD"] as const),
  ],
  byDefault: "postgres",
} as const;

/** https://hub.docker.com/_/postgres, and after it whom else people build on it. */
const postgresql: Conventions = {
  user: {
    username: ["POSTGRES_USER", "POSTGRESQL_USERNAME", "POSTGRES_USERNAME", "POSTGRESQL_USER"],
    password: ["POSTGRES_PASSWORD", "POSTGRESQL_PASSWORD"],
  },
  superuser: postgresqlSuperuser,
  database: ["POSTGRES_DB", "POSTGRESQL_DATABASE", "POSTGRES_DATABASE"],
};

/** https://github.com/bitnami/containers/blob/main/bitnami/postgresql/17/debian-12/rootfs/opt/bitnami/scripts/postgresql-env.sh */
const bitnamiPostgresql: Conventions = {
  user: {
    username: ["POSTGRESQL_USERNAME", "POSTGRES_USERNAME", "POSTGRES_USER", "POSTGRESQL_USER"],
    password: ["POSTGRESQL_PASSWORD", "POSTGRES_PASSWORD"],
  },
  superuser: postgresqlSuperuser,
  database: ["POSTGRESQL_DATABASE", "POSTGRES_DATABASE", "POSTGRES_DB"],
};

/** https://hub.docker.com/_/mysql · https://github.com/bitnami/containers/tree/main/bitnami/mysql */
const mysql: Conventions = {
  user: { username: ["MYSQL_USER", "MARIADB_USER"], password: ["MYSQL_PASSWORD", "MARIADB_PASSWORD"] },
  superuser: {
    username: ["MYSQL_ROOT_USER", "MYSQL_ROOT_USERNAME", "MARIADB_ROOT_USER"],
    password: ["MYSQL_ROOT_PASSWORD", "MARIADB_ROOT_PASSWORD", "MYSQL_MASTER_ROOT_PASSWORD"],
    byDefault: "root",
  },
  database: ["MYSQL_DATABASE", "MARIADB_DATABASE"],
};

/** MariaDB takes its own names over MySQL's: https://mariadb.com/kb/en/mariadb-server-docker-official-image-environment-variables/ */
const mariadb: Conventions = {
  user: { username: ["MARIADB_USER", "MYSQL_USER"], password: ["MARIADB_PASSWORD", "MYSQL_PASSWORD"] },
  superuser: {
    username: ["MARIADB_ROOT_USER", "MYSQL_ROOT_USER", "MYSQL_ROOT_USERNAME"],
    password: ["MARIADB_ROOT_PASSWORD", "MYSQL_ROOT_PASSWORD", "MARIADB_MASTER_ROOT_PASSWORD"],
    byDefault: "root",
  },
  database: ["MARIADB_DATABASE", "MYSQL_DATABASE"],
};

/** The superuser of a search engine is the only account that its image makes. */
export const searchAccounts = {
  elasticsearch: {
    username: ["ELASTIC_USERNAME"],
    password: ["ELASTIC_PASSWORD", "ELASTICSEARCH_PASSWORD"],
    byDefault: "elastic",
  },
  opensearch: {
    username: ["OPENSEARCH_USERNAME"],
    password: ["OPENSEARCH_INITIAL_ADMIN_PASSWORD", "OPENSEARCH_PASSWORD", "OPENSEARCH_ADMIN_PASSWORD"],
    byDefault: "admin",
  },
} as const satisfies Record<string, AccountNames & { readonly byDefault: string }>;

/** The value that stands for every database that is not the server's own. */
export const everyDatabase = "*";

/** @param server what the server is, whatever the annotation calls it */
export function sqlConventions(server: "postgresql" | "mysql" | "mariadb", container: Container): Conventions {
  switch (server) {
    case "postgresql":
      return isBitnami(container) ? bitnamiPostgresql : postgresql;
    case "mysql":
      return mysql;
    case "mariadb":
      return mariadb;
    default:
      return unreachable(server);
  }
}

/** By its image, or where that is a copy of another name by the variable that all of Bitnami's charts set. */
export function isBitnami({ image, env }: Container): boolean {
  return parseImage(image ?? "").path.includes("bitnami") || env.some(({ name }) => name === "BITNAMI_DEBUG");
}

/** Every variable by which a container of the engine is known. */
export function variableNames(kind: EngineKind): readonly string[] {
  const names = namesOf(kind);
  return [...names, ...names.map((name) => `${name}_FILE`)];
}

function namesOf(kind: EngineKind): readonly string[] {
  const family = familyOf(kind);
  switch (family) {
    case "postgresql":
      return [...allNames(postgresql), "PGDATA", "PATRONI_SCOPE"];
    case "mysql":
      return allNames(mysql);
    case "search":
      return [
        ...["discovery.type", "discovery.seed_hosts", "cluster.name", "ELASTICSEARCH_CLUSTER_NAME"],
        ...Object.values(searchAccounts).flatMap(({ password }) => password),
      ];
    default:
      return unreachable(family);
  }
}

function allNames({ user, superuser, database }: Conventions): readonly string[] {
  return [...user.username, ...user.password, ...superuser.username, ...superuser.password, ...database];
}
