import { defaultPort, type EngineKind, familyOf } from "../../contract/engine.ts";
import type { DatabaseEnvironment } from "./database-environment.ts";
import type { Container } from "./objects.ts";
import { searchSettings } from "./search-settings.ts";

const variables: Readonly<Record<ReturnType<typeof familyOf>, readonly string[]>> = {
  postgresql: ["PGPORT", "POSTGRESQL_PORT_NUMBER", "POSTGRES_PORT_NUMBER"],
  mysql: ["MYSQL_PORT_NUMBER", "MARIADB_PORT_NUMBER", "MYSQL_TCP_PORT"],
  search: ["http.port", "ELASTICSEARCH_HTTP_PORT_NUMBER", "OPENSEARCH_HTTP_PORT_NUMBER"],
};

/** How charts call the port by which clients come. */
const portNames: Readonly<Record<ReturnType<typeof familyOf>, RegExp>> = {
  postgresql: /^(tcp-)?(postgres(ql)?|pg|sql|db|database)$/,
  mysql: /^(tcp-)?(mysql|mariadb|sql|db|database)$/,
  search: /^(http|https|rest|rest-api|tcp-rest-api|es-http|elasticsearch|opensearch)$/,
};

/**
 * The port on which the database listens in its container: what its variables say; else the engine's own, unless the
 * container declares ports and this is not one of them: then the only one, or the one that is called after the engine.
 */
export function databasePort(kind: EngineKind, container: Container, environment: DatabaseEnvironment): number {
  const family = familyOf(kind);
  const setting = family === "search" ? searchSettings(environment) : (name: string) => environment.setting(name);
  const said = variables[family].map(setting).find((text) => /^\d{1,5}$/.test(text ?? ""));
  if (said != null) return Number(said);
  const usual = defaultPort(kind);
  const declared = container.ports.filter(isTcp);
  if (declared.some(({ containerPort }) => containerPort === usual)) return usual;
  const named = declared.filter(({ name }) => portNames[family].test(name ?? ""));
  const [only, ...others] = named.length > 0 ? named : declared;
  return only !== undefined && others.length === 0 ? only.containerPort : usual;
}

export function isTcp({ protocol }: { readonly protocol?: string | null | undefined }): boolean {
  return protocol == null || protocol === "TCP";
}
