import type { Named } from "./search-definitions.ts";
import type { IndexSettings } from "./target.ts";

/** When the settings of an index are made. */
export interface PlacedSettings {
  /** With the index. */
  readonly first: Named;
  /** After its documents, by path: null takes away what was set for their sake. */
  readonly late: Named;
  /** Not at all: `routing.allocation.require.box=hot`. */
  readonly leftOut: readonly string[];
}

/** What binds an index to nodes, repositories and disks of the cluster that it was in. */
const bound = [
  /^routing\.(allocation|rebalance)\./,
  /^write\.wait_for_active_shards$/,
  /^blocks\.read_only_allow_delete$/, // set by a server whose disk is full
  /^remote_store\./,
  // Searchable snapshots and frozen indices: the server alone may set these.
  /^store\.snapshot\./,
  /^store\.type=snapshot$/,
  /^shard_limit\.group$/,
  /^frozen$/,
  /^search\.throttled$/,
];

/** What forbids writing, waits for other nodes, acts on the index by itself, or changes every document. */
const afterDocuments = [
  /^(blocks|routing|lifecycle)\./,
  /^write\.wait_for_active_shards$/,
  /^(number_of|auto_expand)_replicas$/,
  /^(default|final)_pipeline$/,
];

/** What Elasticsearch gives an index that says nothing: the target does the same. */
const ownTier = "routing.allocation.include._tier_preference=data_content";

/** Set against the templates of the target, whatever the index says. */
const whileWriting = { number_of_replicas: "0", default_pipeline: "_none", final_pipeline: "_none" };

/** Decides when the settings of an index are made, and which are not. @param choice `all`: none is left out */
export function placedSettings(index: Named, choice: IndexSettings): PlacedSettings {
  const first: Record<string, unknown> = {};
  const late: Record<string, unknown> = {
    number_of_replicas: null,
    default_pipeline: null,
    final_pipeline: null,
  };
  const leftOut: string[] = [];
  for (const [path, value] of pathsOf(index)) {
    const told = `${path}=${typeof value === "string" ? value : JSON.stringify(value)}`;
    if (choice === "portable" && isBound(path, told)) {
      if (told !== ownTier) leftOut.push(told);
    } else if (afterDocuments.some((pattern) => pattern.test(path))) {
      late[path] = value;
    } else {
      first[path] = value;
    }
  }
  return { first: { ...first, ...whileWriting }, late, leftOut };
}

/** What stands in the way in the index behind a data stream, which its template has made. */
export function streamSettings(index: Named, choice: IndexSettings): PlacedSettings {
  const found = pathsOf(index).map(([path, value]) => [path, value, `${path}=${String(value)}`] as const);
  const inTheWay = found.filter(
    ([path, , told]) => path === "final_pipeline" || (isBound(path, told) && !path.endsWith("._tier_preference")),
  );
  const isKept = ([path]: (typeof found)[number]) => path === "final_pipeline" || choice === "all";
  return {
    first: Object.fromEntries(inTheWay.map(([path]) => [path, path === "final_pipeline" ? "_none" : null])),
    late: Object.fromEntries(inTheWay.filter(isKept).map(([path, value]) => [path, value])),
    leftOut: inTheWay.filter((one) => !isKept(one)).map(([, , told]) => told),
  };
}

function isBound(path: string, told: string): boolean {
  return bound.some((pattern) => pattern.test(path) || pattern.test(told));
}

/** Every setting with its path. */
function pathsOf(settings: Named, before = ""): readonly (readonly [path: string, value: unknown])[] {
  return Object.entries(settings).flatMap(([name, value]) =>
    typeof value === "object" && value !== null && !Array.isArray(value) && !("rawJSON" in value)
      ? pathsOf(value as Named, `${before}${name}.`)
      : [[`${before}${name}`, value] as const],
  );
}
