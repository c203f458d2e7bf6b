import { pathOf } from "../source/search/index-names.ts";

/** Definitions by name, as they are in a dump. */
export type Named<T = unknown> = Readonly<Record<string, T>>;

/** A request that makes one thing. */
export interface Creation {
  /** For people: `index shop`. */
  readonly what: string;
  readonly method: "PUT" | "POST";
  readonly path: string;
  readonly body: unknown;
}

export function policyCreations(
  policies: Named<{ readonly policy: unknown }>,
  isOpenSearch: boolean,
): readonly Creation[] {
  const path = isOpenSearch ? "/_plugins/_ism/policies" : "/_ilm/policy";
  return Object.entries(policies).map(([name, { policy }]) => creation("lifecycle policy", path, name, { policy }));
}

export function pipelineCreations(pipelines: Named<Named>): readonly Creation[] {
  return Object.entries(pipelines).map(([name, pipeline]) =>
    creation("ingest pipeline", "/_ingest/pipeline", name, pipeline),
  );
}

export function componentTemplateCreations(dump: {
  readonly component_templates?: readonly { readonly name: string; readonly component_template: Named }[];
}): readonly Creation[] {
  return (dump.component_templates ?? []).map(({ name, component_template: template }) =>
    creation("component template", "/_component_template", name, template),
  );
}

export function indexTemplateCreations(dump: {
  readonly index_templates?: readonly { readonly name: string; readonly index_template: Named }[];
}): readonly Creation[] {
  return (dump.index_templates ?? []).map(({ name, index_template: template }) =>
    creation("index template", "/_index_template", name, template),
  );
}

export function templateCreations(templates: Named): readonly Creation[] {
  return Object.entries(templates).map(([name, template]) => creation("legacy template", "/_template", name, template));
}

export interface IndexDefinition {
  readonly mappings: Named;
  readonly settings: { readonly index: Named };
}

/** An index with the settings that it is made with. */
export function indexCreation(name: string, mappings: Named, first: Named): Creation {
  return creation("index", "", name, { mappings, settings: { index: first } });
}

/** Settings of an index that is there, by path. Null: the server's own again. */
export function settingCreation(index: string, settings: Named): Creation {
  const what = `settings of index ${index}`;
  return { what, method: "PUT", path: `${pathOf([index])}/_settings`, body: { index: settings } };
}

/** The mapping of an index that is there: what it says of fields that are mapped already is changed. */
export function mappingCreation(index: string, mappings: Named): Creation {
  return { what: `mapping of index ${index}`, method: "PUT", path: `${pathOf([index])}/_mapping`, body: mappings };
}

export function dataStreamCreations(dump: {
  readonly data_streams?: readonly { readonly name: string }[];
}): readonly Creation[] {
  return (dump.data_streams ?? []).map(({ name }) => creation("data stream", "/_data_stream", name, undefined));
}

function creation(what: string, path: string, name: string, body: unknown): Creation {
  return { what: `${what} ${name}`, method: "PUT", path: `${path}/${encodeURIComponent(name)}`, body };
}
