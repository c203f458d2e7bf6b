import * as z from "zod";
import { ask } from "./ask.ts";
import type { SearchClient } from "./client.ts";
import { inGroups, pathOf } from "./index-names.ts";

/** What an index keeps of the documents that were sent to it, where that is not all of each, as it was sent. */
export type KeptSource =
  | { readonly kind: "none" }
  /** The server makes each document up from what it has indexed of it. */
  | { readonly kind: "synthetic" }
  /** `keeps` says which fields it has: `only "a"`, `no "b.*"`. */
  | { readonly kind: "part"; readonly keeps: string };

interface KeptBy {
  readonly isOpenSearch: boolean;
  /** `8.19.2` */
  readonly version: string;
}

const mode = z.object({ mode: z.string().optional() }).optional();
const fields = z.array(z.string()).optional();
const Mapping = z.object({
  enabled: z.unknown().optional(),
  mode: z.string().optional(),
  includes: fields,
  excludes: fields,
});
const Mappings = z.record(z.string(), z.object({ mappings: z.object({ _source: Mapping }) }));
const Setting = z.object({
  index: z
    .object({
      mode: z.string().optional(),
      mapping: z.object({ source: mode }).optional(),
      derived_source: z.object({ enabled: z.unknown().optional() }).optional(),
    })
    .optional(),
});
const Settings = z.record(z.string(), z.object({ settings: Setting.optional(), defaults: Setting.optional() }));

const settingPaths = ["mode", "mapping.source.mode", "derived_source.enabled"].flatMap((name) => [
  `*.settings.index.${name}`,
  `*.defaults.index.${name}`,
]);

/** Those of the indices that do not keep whole documents as they were sent, by name. */
export async function keptSourcesOf(
  client: SearchClient,
  names: readonly string[],
  product: KeptBy,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, KeptSource>> {
  const found = new Map<string, KeptSource>();
  for (const group of inGroups(names)) {
    const there = "ignore_unavailable=true&expand_wildcards=all";
    const read = (path: string) => ask(client, `${pathOf(group)}/${path}&${there}`, signal);
    const mappings = Mappings.parse(await read("_mapping?filter_path=*.mappings._source"));
    const settings = Settings.parse(
      await read(`_settings?include_defaults=true&filter_path=${settingPaths.join(",")}`),
    );
    for (const name of group) {
      const kept = keptSource(mappings[name]?.mappings._source, settings[name] ?? {}, product);
      if (kept !== null) found.set(name, kept);
    }
  }
  return found;
}

/**
 * Null: whole documents, as they were sent. Until Elasticsearch 8 a mapping's own `mode` counts where the index has no setting;
 * since 9 it is taken and has no effect. (https://www.elastic.co/docs/reference/elasticsearch/mapping-reference/mapping-source-field)
 */
export function keptSource(
  mapping: z.infer<typeof Mapping> | undefined,
  { settings, defaults }: z.infer<typeof Settings>[string],
  { isOpenSearch, version }: KeptBy,
): KeptSource | null {
  const own = !isOpenSearch && Number.parseInt(version) < 9 ? mapping?.mode : undefined;
  const set = settings?.index?.mapping?.source?.mode;
  const effective = set ?? own ?? defaults?.index?.mapping?.source?.mode ?? impliedBy(settings);
  const kind = effective?.toLowerCase();
  if (String(mapping?.enabled) === "false" || kind === "disabled") return { kind: "none" };
  if (kind === "synthetic") return { kind: "synthetic" };
  const { includes = [], excludes = [] } = mapping ?? {};
  const keeps = [
    ...(includes.length === 0 ? [] : [`only ${quoted(includes)}`]),
    ...(excludes.length === 0 ? [] : [`no ${quoted(excludes)}`]),
  ];
  return keeps.length === 0 ? null : { kind: "part", keeps: keeps.join(" and ") };
}

/** What servers make of an index's mode where they have no setting for it yet, and OpenSearch's own setting. */
function impliedBy(settings: z.infer<typeof Setting> | undefined): string | undefined {
  const { mode: indexMode, derived_source: derived } = settings?.index ?? {};
  const isSynthetic = indexMode === "time_series" || indexMode === "logsdb" || String(derived?.enabled) === "true";
  return isSynthetic ? "synthetic" : undefined;
}

function quoted(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(", ");
}
