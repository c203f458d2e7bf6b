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
const afterDocuments = [/^(blocks|routing|lifecycle)\./, /^write\.wait_for_active_shards$/, /^auto_expand_replicas$/];

/** What Elasticsearch gives an index that says nothing: the target does the same. */
const ownTier = "routing.allocation.include._tier_preference=data_content";

/**
 * The highest that any of these limits may be. An index may have more than its limits allow: they may become lower when it has it.
 * How high depth and length of names may be is a matter of the server's own start, in OpenSearch 3: these stay as they are.
 * https://www.elastic.co/docs/reference/elasticsearch/index-settings/mapping-limit
 */
const noLimit = String(2 ** 31 - 1);
const totalFields = "mapping.total_fields.limit";
const limits = {
  [totalFields]: noLimit,
  "mapping.nested_fields.limit": noLimit,
  "mapping.nested_objects.limit": noLimit,
};

/** Set against the templates of the target, whatever the index says. */
const whileWriting: Named = {
  number_of_replicas: "0",
  default_pipeline: "_none",
  final_pipeline: "_none",
  ...limits,
};
/** The same for the index behind a data stream, where its template says otherwise. */
const whileWritingStream: Named = { final_pipeline: "_none", ...limits };

/** Decides when the settings of an index are made, and which are not. @param choice `all`: none is left out */
export function placedSettings(index: Named, choice: IndexSettings): PlacedSettings {
  const paths = pathsOf(index);
  const now = withoutHarm(whileWriting, paths);
  const first: Record<string, unknown> = {};
  const late: Record<string, unknown> = Object.fromEntries(Object.keys(now).map((path) => [path, null]));
  const leftOut: string[] = [];
  for (const [path, value] of paths) {
    const told = `${path}=${typeof value === "string" ? value : JSON.stringify(value)}`;
    if (choice === "portable" && isBound(path, told)) {
      if (told !== ownTier) leftOut.push(told);
    } else if (path in now || afterDocuments.some((pattern) => pattern.test(path))) {
      late[path] = value;
    } else {
      first[path] = value;
    }
  }
  return { first: { ...first, ...now }, late, leftOut };
}

/** What stands in the way in the index behind a data stream, which its template has made. */
export function streamSettings(index: Named, choice: IndexSettings): PlacedSettings {
  const paths = pathsOf(index);
  const now = withoutHarm(whileWritingStream, paths);
  const found = paths.map(([path, value]) => [path, value, `${path}=${String(value)}`] as const);
  const inTheWay = found.filter(
    ([path, , told]) => path in now || (isBound(path, told) && !path.endsWith("._tier_preference")),
  );
  const isKept = ([path]: (typeof found)[number]) => path in now || choice === "all";
  return {
    first: Object.fromEntries(inTheWay.map(([path]) => [path, now[path] ?? null])),
    late: Object.fromEntries(inTheWay.filter(isKept).map(([path, value]) => [path, value])),
    leftOut: inTheWay.filter((one) => !isKept(one)).map(([, , told]) => told),
  };
}

/** Whether fields that say nothing of it ignore what is malformed. */
export function ignoresMalformed(index: Named): boolean {
  return says(pathsOf(index), "mapping.ignore_malformed");
}

/** Where fields beyond the limit are not mapped, none is refused for it; without the limit they would be mapped. */
function withoutHarm(now: Named, paths: Paths): Named {
  if (!says(paths, "mapping.total_fields.ignore_dynamic_beyond_limit")) return now;
  return Object.fromEntries(Object.entries(now).filter(([path]) => path !== totalFields));
}

function says(paths: Paths, wanted: string): boolean {
  return paths.some(([path, value]) => path === wanted && String(value) === "true");
}

function isBound(path: string, told: string): boolean {
  return bound.some((pattern) => pattern.test(path) || pattern.test(told));
}

type Paths = readonly (readonly [path: string, value: unknown])[];

/** Every setting with its path. */
function pathsOf(settings: Named, before = ""): Paths {
  return Object.entries(settings).flatMap(([name, value]) =>
    typeof value === "object" && value !== null && !Array.isArray(value) && !("rawJSON" in value)
      ? pathsOf(value as Named, `${before}${name}.`)
      : [[`${before}${name}`, value] as const],
  );
}
