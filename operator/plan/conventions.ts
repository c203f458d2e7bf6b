import { unreachable } from "../../contract/brand.ts";
import type { EngineKind } from "../../contract/engine.ts";

/** Names under which one value is known, the official image's first, then Bitnami's and others'. */
export type Names = readonly [string, ...string[]];

/** https://hub.docker.com/_/postgres · https://github.com/bitnami/containers/tree/main/bitnami/postgresql */
export const postgresql = {
  username: ["POSTGRES_USER", "POSTGRESQL_USERNAME"],
  password: ["POSTGRES_PASSWORD", "POSTGRESQL_PASSWORD", "POSTGRESQL_POSTGRES_PASSWORD"],
  database: ["POSTGRES_DB", "POSTGRESQL_DATABASE"],
} as const;

/** https://hub.docker.com/_/mysql · https://hub.docker.com/_/mariadb · https://github.com/bitnami/containers/tree/main/bitnami/mysql */
export const mysql = {
  username: ["MYSQL_USER", "MARIADB_USER"],
  password: ["MYSQL_PASSWORD", "MARIADB_PASSWORD"],
  rootUsername: ["MYSQL_ROOT_USER", "MARIADB_ROOT_USER"],
  rootPassword: ["MYSQL_ROOT_PASSWORD", "MARIADB_ROOT_PASSWORD"],
  database: ["MYSQL_DATABASE", "MARIADB_DATABASE"],
  /** The value that stands for every database that is not the server's own. */
  everyDatabase: "*",
} as const;

/** Variables, with the values, by which a database is told to let people in without a password. */
export const noPassword: Readonly<Record<string, RegExp>> = {
  POSTGRES_HOST_AUTH_METHOD: /^trust$/,
  MYSQL_ALLOW_EMPTY_PASSWORD: /./,
  MARIADB_ALLOW_EMPTY_ROOT_PASSWORD: /./,
  ALLOW_EMPTY_PASSWORD: /^(1|y|yes|true)$/i,
};

/** Every variable by which a container of the engine is known. */
export function variableNames(kind: EngineKind): readonly string[] {
  switch (kind) {
    case "postgresql":
      return [...postgresql.username, ...postgresql.password, ...postgresql.database];
    case "mysql":
    case "mariadb":
      return [...mysql.username, ...mysql.password, ...mysql.rootPassword, ...mysql.database];
    case "elasticsearch":
    case "opensearch":
      return ["discovery.type", "ELASTIC_PASSWORD"];
    default:
      return unreachable(kind);
  }
}
