import { unreachable } from "./brand.ts";

/** The server majors whose dumps are supported, oldest first. https://www.postgresql.org/support/versioning/ */
export const postgresqlVersions = ["13", "14", "15", "16", "17", "18"] as const;
/** `8` is the original's word for `8.0`. */
export const mysqlVersions = ["5.7", "8", "8.0", "8.4", "9"] as const;

export type PostgresqlVersion = (typeof postgresqlVersions)[number];
export type MysqlVersion = (typeof mysqlVersions)[number];

export const engineKinds = ["mysql", "mariadb", "postgresql", "elasticsearch", "opensearch"] as const;
export type EngineKind = (typeof engineKinds)[number];

/** What is dumped, with what the dump tool must know of it. The versions of the others are asked of the server. */
export type Engine =
  | { readonly kind: "postgresql"; readonly version: PostgresqlVersion }
  | { readonly kind: "mysql"; readonly version: MysqlVersion }
  | { readonly kind: "mariadb" }
  | { readonly kind: "elasticsearch" | "opensearch"; readonly pageSize: number };

/** Engines that speak one protocol, and whose dumps one piece of code makes. */
export type EngineFamily = "postgresql" | "mysql" | "search";

export function familyOf(kind: EngineKind): EngineFamily {
  switch (kind) {
    case "postgresql":
      return "postgresql";
    case "mysql":
    case "mariadb":
      return "mysql";
    case "elasticsearch":
    case "opensearch":
      return "search";
    default:
      return unreachable(kind);
  }
}

const families = {
  postgresql: { defaultPort: 5432, extension: "sql", envPrefix: "POSTGRESQL" },
  mysql: { defaultPort: 3306, extension: "sql", envPrefix: "MYSQL" },
  search: { defaultPort: 9200, extension: "jsonl", envPrefix: "ELASTICSEARCH" },
} as const satisfies Record<EngineFamily, object>;

/** The port on which the engine listens unless told otherwise. */
export function defaultPort(kind: EngineKind): number {
  return families[familyOf(kind)].defaultPort;
}

/** The first extension of an object's key: SQL text, or one JSON document a line. */
export function dumpExtension(kind: EngineKind): "sql" | "jsonl" {
  return families[familyOf(kind)].extension;
}

/** How the engine's environment variables begin. */
export function envPrefix(kind: EngineKind): "POSTGRESQL" | "MYSQL" | "ELASTICSEARCH" {
  return families[familyOf(kind)].envPrefix;
}

/** For people: `postgresql 16`, `mariadb`, `elasticsearch`. */
export function engineText(engine: Engine): string {
  return "version" in engine ? `${engine.kind} ${engine.version}` : engine.kind;
}
