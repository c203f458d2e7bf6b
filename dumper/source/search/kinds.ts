import type { SearchRequest } from "../../../contract/search-request.ts";
import {
  dataStreams,
  type DefinitionDump,
  indexDefinitions,
  type IndexKind,
  listed,
  named,
  policies,
  policyPath,
} from "./definitions.ts";

/** A kind of data but the documents. */
export interface DefinitionKind {
  /** elasticdump's, where it has one. */
  readonly name: string;
  /** By what it is left out. Null: never. */
  readonly skip: SearchRequest["skip"][number] | null;
  /** What is asked for it besides the indices themselves. Null: nothing. */
  readonly path: string | null;
  readonly dump: DefinitionDump;
}

/** What of a cluster is dumped besides the documents, in order. */
export function definitionKinds(isOpenSearch: boolean, skip: SearchRequest["skip"]): readonly DefinitionKind[] {
  const kinds: readonly DefinitionKind[] = [
    { name: "policy", skip: "policies", path: policyPath(isOpenSearch), dump: policies },
    ofServer("pipeline", "pipelines", "/_ingest/pipeline", (path) => named(path, "ingest pipeline")),
    ofServer("component_template", "templates", "/_component_template", (path) =>
      listed(path, "component_templates", "component_template", "component template"),
    ),
    ofServer("index_template", "templates", "/_index_template", (path) =>
      listed(path, "index_templates", "index_template", "index template"),
    ),
    ofServer("template", "templates", "/_template", (path) => named(path, "legacy template")),
    ...(["index", "settings", "analyzer", "mapping", "alias"] as const).map(ofIndices),
    { name: "data_stream", skip: null, path: null, dump: dataStreams },
  ];
  return kinds.filter((kind) => kind.skip === null || !skip.includes(kind.skip));
}

function ofServer(
  name: string,
  skip: DefinitionKind["skip"],
  path: string,
  dump: (path: string) => DefinitionDump,
): DefinitionKind {
  return { name, skip, path, dump: dump(path) };
}

function ofIndices(name: IndexKind): DefinitionKind {
  return { name, skip: null, path: null, dump: indexDefinitions(name) };
}
