import { unreachable } from "../../contract/brand.ts";
import { type Engine, type EngineKind, mysqlVersions, postgresqlVersions } from "../../contract/engine.ts";

/** The dumper image that each variable of the operator names. */
export type DumperImages = Readonly<Partial<Record<ImageVariable, string>>>;

export type ImageVariable = `${Uppercase<EngineKind>}_DUMPER_IMAGE${"" | `_${string}`}`;

/** Every variable that can name an image: one for an engine, and one for each version that wants an image of its own. */
export const imageVariables: readonly ImageVariable[] = [
  "POSTGRESQL_DUMPER_IMAGE",
  ...postgresqlVersions.map((version) => `POSTGRESQL_DUMPER_IMAGE_${version}` as const),
  "MYSQL_DUMPER_IMAGE",
  ...mysqlVersions.map((version) => `MYSQL_DUMPER_IMAGE_${version.replace(".", "_")}` as const),
  "MARIADB_DUMPER_IMAGE",
  "ELASTICSEARCH_DUMPER_IMAGE",
  "OPENSEARCH_DUMPER_IMAGE",
];

/**
 * The variables that may name the image for an engine, the most specific first.
 *
 * @param server what the server is: a MariaDB under MySQL's name is best dumped by MariaDB's own tools, and the reverse
 */
export function imageVariablesOf(engine: Engine, server: EngineKind = engine.kind): readonly ImageVariable[] {
  if (engine.kind === "mysql" && server === "mariadb") return ["MARIADB_DUMPER_IMAGE", ...imageVariablesOf(engine)];
  if (engine.kind === "mariadb" && server === "mysql") return ["MYSQL_DUMPER_IMAGE", ...imageVariablesOf(engine)];
  switch (engine.kind) {
    case "postgresql":
      return [`POSTGRESQL_DUMPER_IMAGE_${engine.version}`, "POSTGRESQL_DUMPER_IMAGE"];
    case "mysql":
      return [...mysqlVariables(engine.version), "MYSQL_DUMPER_IMAGE"];
    case "mariadb":
      return ["MARIADB_DUMPER_IMAGE"];
    case "elasticsearch":
      return ["ELASTICSEARCH_DUMPER_IMAGE"];
    case "opensearch":
      return ["OPENSEARCH_DUMPER_IMAGE", "ELASTICSEARCH_DUMPER_IMAGE"]; // one image speaks to both
    default:
      return unreachable(engine);
  }
}

/** Null when the operator was given no image for this engine and version. */
export function imageOf(engine: Engine, images: DumperImages, server: EngineKind = engine.kind): string | null {
  const variable = imageVariablesOf(engine, server).find((one) => images[one] !== undefined);
  return variable === undefined ? null : (images[variable] ?? null);
}

/** `8` is the original's word for `8.0`: an image for either serves both. */
function mysqlVariables(version: string): readonly ImageVariable[] {
  const exact = `MYSQL_DUMPER_IMAGE_${version.replace(".", "_")}` as const;
  return version === "8" || version === "8.0" ? ["MYSQL_DUMPER_IMAGE_8", "MYSQL_DUMPER_IMAGE_8_0"] : [exact];
}
