import { unreachable } from "./brand.ts";

/** The server majors whose dumps are supported, oldest first. https://www.postgresql.org/support/versioning/ */
export const postgresqlVersions = ["13", "14", "15", "16", "17", "18"] as const;
/** `8` is the original's word for `8.0`. */
export const mysqlVersions = ["5.7", "8", "8.0", "8.4", "9"] as const;

export type PostgresqlVersion = (typeof postgresqlVersions)[number];
export type MysqlVersion = (typeof mysqlVersions)[number];

export const engineKinds = ["mysql", "postgresql", "elasticsearch"] as const;
export type EngineKind = (typeof engineKinds)[number];

/** What is dumped, with what the dump tool must know of it. */
export type Engine =
  | { readonly kind: "postgresql"; readonly version: PostgresqlVersion }
  | { readonly kind: "mysql"; readonly version: MysqlVersion }
  | { readonly kind: "elasticsearch"; readonly pageSize: number };

/** The port on which the engine listens unless told otherwise. */
export function defaultPort(kind: EngineKind): number {
  switch (kind) {
    case "postgresql":
      return 5432;
    case "mysql":
      return 3306;
    case "elasticsearch":
      return 9200;
    default:
      return unreachable(kind);
  }
}

/** The first extension of an object's key: SQL text, or one JSON document a line. */
export function dumpExtension(kind: EngineKind): "sql" | "jsonl" {
  switch (kind) {
    case "postgresql":
    case "mysql":
      return "sql";
    case "elasticsearch":
      return "jsonl";
    default:
      return unreachable(kind);
  }
}

/** How the engine's environment variables begin. */
export function envPrefix(kind: EngineKind): "POSTGRESQL" | "MYSQL" | "ELASTICSEARCH" {
  switch (kind) {
    case "postgresql":
      return "POSTGRESQL";
    case "mysql":
      return "MYSQL";
    case "elasticsearch":
      return "ELASTICSEARCH";
    default:
      return unreachable(kind);
  }
}
