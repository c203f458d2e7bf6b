import type { SearchServer } from "../bed/search.ts";
import { pairwise } from "../support/pairwise.ts";
import { get, index, send } from "./search-server.ts";

/** A value is JSON of settings; empty: nothing is set. */
type Axes = Readonly<Record<string, readonly string[]>>;

const nothing = "{}";

/** Settings of the whole cluster, while it is dumped. */
const ofCluster: Axes = {
  block: [nothing, '{"cluster.blocks.read_only":true}', '{"cluster.blocks.read_only_allow_delete":true}'],
  allocation: [nothing, '{"cluster.routing.allocation.enable":"none"}'],
  time: [nothing, '{"search.default_search_timeout":"1ms"}'],
  keep: [nothing, '{"search.max_keep_alive":"1m","search.default_keep_alive":"30s"}'],
  buckets: [nothing, '{"search.max_buckets":1}'],
  expensive: [nothing, '{"search.allow_expensive_queries":false}'],
  scrolls: [nothing, '{"search.max_open_scroll_context":0}'],
  names: [nothing, '{"action.destructive_requires_name":true,"action.auto_create_index":"false"}'],
};

/** Settings of an index, set when its documents are there. */
const ofIndex: Axes = {
  window: [nothing, '{"max_result_window":1}'],
  block: [nothing, '{"blocks.write":true}', '{"blocks.read_only":true}', '{"blocks.read_only_allow_delete":true}'],
  nodes: [
    nothing,
    '{"routing.allocation.require.box":"hot","write.wait_for_active_shards":"all"}',
    '{"routing.allocation.total_shards_per_node":1,"routing.rebalance.enable":"none"}',
    '{"routing.allocation.enable":"none"}',
  ],
  replicas: ['{"number_of_replicas":0}', '{"number_of_replicas":3}', '{"auto_expand_replicas":"0-all"}'],
  hidden: [nothing, '{"hidden":true}'],
  refresh: [nothing, '{"refresh_interval":"-1"}'],
  pipelines: [nothing, '{"default_pipeline":"missing"}', '{"default_pipeline":"missing","final_pipeline":"missing"}'],
  slices: [nothing, '{"max_slices_per_scroll":1}'],
  limits: [
    nothing,
    '{"max_docvalue_fields_search":0,"max_script_fields":0,"max_terms_count":1,"max_inner_result_window":1}',
  ],
};

/** What an index is made with. */
const ofMaking: Axes = {
  dynamic: ["true", "strict", "false"],
  sort: [nothing, '{"sort.field":"n","sort.order":"desc"}'],
  routing: ["false", "true"],
  shards: ['{"number_of_shards":1}', '{"number_of_shards":2}'],
  seen: ["open", "closed"],
};

/** Templates of the target that fit every index. */
export const hostileTemplate = {
  index_patterns: ["hostile-*"],
  settings: { final_pipeline: "missing", default_pipeline: "missing", number_of_replicas: 2 },
};

export const clusterCombinations = pairwise(ofCluster);
export const indexCombinations = pairwise({ ...ofIndex, ...ofMaking });

/** Makes an index for each combination, with two documents. */
export async function fillHostile(server: SearchServer): Promise<void> {
  for (const [number, one] of indexCombinations.entries()) {
    const name = nameOf(number);
    await send(server, "PUT", `/${name}`, {
      settings: { number_of_replicas: 0, ...settingsOf(one, ["sort", "shards", "hidden"]) },
      mappings: {
        dynamic: one["dynamic"],
        _routing: { required: one["routing"] === "true" },
        properties: { n: { type: "long" } },
      },
    });
    const documents = ["1", "2"].map((id) => ({ index: name, id, routing: `r${id}`, source: `{"n":${id}}` }));
    await index(server, documents);
    if (one["seen"] === "closed") await send(server, "POST", `/${name}/_close?wait_for_active_shards=0`);
    await send(server, "PUT", `/${name}/_settings`, settingsOf(one, Object.keys(ofIndex)));
  }
}

/** Sets what a combination says of the cluster. */
export async function setCluster(server: SearchServer, combination: Readonly<Record<string, string>>): Promise<void> {
  // OpenSearch lets nobody look at a cluster that is blocked, which dump --check and a run both say.
  const axes = Object.keys(combination).filter((axis) => axis !== "block" || server.product === "elasticsearch");
  const settings = settingsOf(combination, axes);
  if (Object.keys(settings).length > 0) await send(server, "PUT", "/_cluster/settings", { persistent: settings });
}

/** Takes off what any combination may have set; a block allows nothing else before. */
export async function resetCluster(server: SearchServer): Promise<void> {
  const names = Object.values(ofCluster).flatMap((values) =>
    values.flatMap((value) => Object.keys(JSON.parse(value) as object)),
  );
  const blocks = names.filter((name) => name.startsWith("cluster.blocks."));
  for (const some of [...blocks.map((name) => [name]), names]) {
    const persistent = Object.fromEntries(some.map((name) => [name, null]));
    await send(server, "PUT", "/_cluster/settings", { persistent });
  }
}

export async function removeHostile(server: SearchServer): Promise<void> {
  for (const name of indexCombinations.map((_, number) => nameOf(number))) {
    for (const block of ["index.blocks.read_only", "index.blocks.read_only_allow_delete"]) {
      const answer = await send(server, "GET", `/${name}/_settings/${block}`);
      if (answer.includes("blocks")) await send(server, "PUT", `/${name}/_settings`, { [block]: null });
    }
    await send(server, "DELETE", `/${name}`);
  }
}

/** What is to be the same after a restore: the sources of the documents, the mapping and the settings that bind to no node. */
export async function hostileContent(server: SearchServer): Promise<Readonly<Record<string, object>>> {
  const content: Record<string, object> = {};
  for (const [number, { seen }] of indexCombinations.entries()) {
    const name = nameOf(number);
    const answer = await get<Record<string, IndexAnswer>>(server, `/${name}?flat_settings=true`);
    const { mappings, settings } = answer[name] ?? { mappings: {}, settings: {} };
    const kept = Object.entries(settings).filter(([path]) => !ownOrBound.test(path));
    const sources: string[] = [];
    for (const id of seen === "closed" ? [] : ["1", "2"])
      sources.push(await send(server, "GET", `/${name}/_source/${id}?routing=r${id}`));
    content[name] = { mappings, settings: Object.fromEntries(kept), sources };
  }
  return content;
}

interface IndexAnswer {
  readonly mappings: object;
  readonly settings: Readonly<Record<string, string>>;
}

const ownOrBound =
  /^index\.(uuid|creation_date|provided_name|version\.|verified_before_close|routing\.|write\.wait|blocks\.read_only_allow_delete)/;

export function nameOf(number: number): string {
  return `hostile-${String(number).padStart(2, "0")}`;
}

function settingsOf(combination: Readonly<Record<string, string>>, axes: readonly string[]): object {
  return Object.assign({}, ...axes.map((axis) => JSON.parse(combination[axis] ?? nothing) as object)) as object;
}
