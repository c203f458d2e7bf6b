import type { Named } from "./search-definitions.ts";

/**
 * A mapping without what may refuse documents that its index has: a mapping may become stricter when they are there. What it
 * maps stays the same. Null when nothing of it refuses any.
 * https://www.elastic.co/docs/reference/elasticsearch/mapping-reference/dynamic, …/coerce, …/ignore-malformed
 * @param ignoresMalformed whether the index's settings say so of fields that say nothing
 */
export function relaxedMapping(mappings: Named, ignoresMalformed: boolean): Named | null {
  const relaxed = relax(mappings, ignoresMalformed);
  return JSON.stringify(relaxed) === JSON.stringify(mappings) ? null : relaxed;
}

/** @param definition of an index, of an object or of a field */
function relax(definition: Named, ignoresMalformed: boolean): Named {
  const ignores = definition["ignore_malformed"] ?? ignoresMalformed;
  return Object.fromEntries(
    Object.entries(definition).map(([name, value]) => {
      switch (name) {
        case "properties":
        case "fields": {
          const inside = Object.entries(value as Named<Named>);
          return [name, Object.fromEntries(inside.map(([field, one]) => [field, relax(one, ignoresMalformed)]))];
        }
        case "dynamic":
          return [name, value === "strict" ? "false" : value];
        case "coerce": // a field that ignores what is malformed takes the document, and would index more of it
          return [name, value === false && ignores !== true ? true : value];
        case "ignore_malformed":
          return [name, value === false && !unignoring.some((other) => other in definition) ? true : value];
        default:
          return [name, value];
      }
    }),
  );
}

/** With these, the server does not take a field that ignores what is malformed. */
const unignoring = ["script", "time_series_dimension", "time_series_metric"];
