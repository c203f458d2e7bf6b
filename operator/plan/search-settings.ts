import { parse } from "yaml";
import type { DatabaseEnvironment } from "./database-environment.ts";

/** A search engine's settings by their dotted names: those of the container's variables, and of its mounted configuration. */
export type SearchSettings = (name: string) => string | null;

const configFiles = [
  "/usr/share/elasticsearch/config/elasticsearch.yml",
  "/usr/share/opensearch/config/opensearch.yml",
  "/opt/bitnami/elasticsearch/config/my_elasticsearch.yml",
  "/opt/bitnami/elasticsearch/config/elasticsearch.yml",
  "/opt/bitnami/opensearch/config/my_opensearch.yml",
  "/opt/bitnami/opensearch/config/opensearch.yml",
];

/** Of a configuration that is read: a tenant's ConfigMap is not to cost a pass. */
const maxLength = 65_536;

export function searchSettings(environment: DatabaseEnvironment): SearchSettings {
  const configured = new Map(configFiles.flatMap((file) => flattened(environment.text(file))).toReversed());
  return (name) =>
    environment.setting(name) ?? environment.setting(environmentName(name)) ?? configured.get(name) ?? null;
}

/** https://www.elastic.co/docs/deploy-manage/deploy/self-managed/install-elasticsearch-docker-configure */
function environmentName(setting: string): string {
  return `ES_SETTING_${setting.toUpperCase().replaceAll("_", "__").replaceAll(".", "_")}`;
}

/** `a.b: c` and `a: {b: c}` are one. What is no YAML sets nothing: it is for the server to complain of. */
function flattened(text: string | null): readonly (readonly [string, string])[] {
  if (text === null || text.length > maxLength) return [];
  try {
    return leaves("", parse(text));
  } catch {
    return []; // YAMLParseError
  }
}

function leaves(path: string, value: unknown): readonly (readonly [string, string])[] {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return [[path, String(value)]];
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, below]: [string, unknown]) =>
    leaves(path === "" ? key : `${path}.${key}`, below),
  );
}
