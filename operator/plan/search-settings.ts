import { CORE_SCHEMA, load } from "js-yaml";
import type { Secret } from "../../contract/secret.ts";
import type { DatabaseEnvironment } from "./database-environment.ts";
import { oncePer } from "./once-per.ts";

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

/** Characters of configuration that are read of one container: twice the longest that charts have. */
const maxLength = 16_384;
/** Of a file with references to references, as many values as may come of it. */
const maxValues = 10_000;
/** Of a setting's name. The longest of Elasticsearch's own have 80 characters. */
const maxNameLength = 200;

/** Asked for by many names: a container's files are read once. */
export const searchSettings = oncePer((environment: DatabaseEnvironment): SearchSettings => {
  const configured = configuredIn(environment);
  return (name) =>
    environment.setting(name) ?? environment.setting(environmentName(name)) ?? configured.get(name) ?? null;
});

/** Of a setting that several files have, the first one's. */
function configuredIn(environment: DatabaseEnvironment): Settings {
  const configured = new Map<string, string>();
  let room = maxLength;
  for (const file of configFiles) {
    const content = environment.file(file);
    room -= content?.reveal().length ?? 0;
    if (content === null || room < 0) continue;
    for (const [name, value] of settingsIn(content)) if (!configured.has(name)) configured.set(name, value);
  }
  return configured;
}

/** https://www.elastic.co/docs/deploy-manage/deploy/self-managed/install-elasticsearch-docker-configure */
function environmentName(setting: string): string {
  return `ES_SETTING_${setting.toUpperCase().replaceAll("_", "__").replaceAll(".", "_")}`;
}

type Settings = ReadonlyMap<string, string>;

/**
 * `a.b: c` and `a: {b: c}` are one. What is no YAML sets nothing: it is for the server to complain of. Made of the value
 * itself, which every round of a pass and every workload with the same file share.
 */
const settingsIn = oncePer((content: Secret): Settings => {
  const settings = new Map<string, string>();
  let visited = 0;
  const collect = (path: string, value: unknown): void => {
    if (++visited > maxValues || path.length > maxNameLength) return;
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      if (!settings.has(path)) settings.set(path, String(value));
    } else if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      for (const [key, below] of Object.entries(value)) {
        if (visited > maxValues) return;
        collect(path === "" ? key : `${path}.${key}`, below);
      }
    }
  };
  try {
    // No merging of mappings (`<<`), which neither server knows: a few references could then make a large text of a small one.
    collect("", load(content.reveal(), { schema: CORE_SCHEMA }));
  } catch {
    settings.clear(); // YAMLException; the parser's own documentation says that others may come too
  }
  return settings;
});
