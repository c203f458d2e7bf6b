import * as z from "zod";
import { ask } from "./ask.ts";
import type { SearchClient } from "./client.ts";
import { inGroups, pathOf } from "./index-names.ts";

/** What an index allows a search. */
export interface IndexLimits {
  /** Documents in a page. */
  readonly window: number;
  readonly slices: number;
}

/** https://www.elastic.co/docs/reference/elasticsearch/index-settings/index-modules */
const defaults: IndexLimits = { window: 10_000, slices: 1024 };

const number = z.coerce.number().optional();
const Settings = z.record(
  z.string(),
  z.object({
    settings: z.object({
      index: z.object({ max_result_window: number, max_slices_per_scroll: number, max_slices_per_pit: number }),
    }),
  }),
);

/** The limits of those indices whose limits are their own, by name. */
export async function limitsOf(
  client: SearchClient,
  names: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, IndexLimits>> {
  const limits = new Map<string, IndexLimits>();
  const filter = ["max_result_window", "max_slices_per_scroll", "max_slices_per_pit"].map(
    (name) => `*.settings.index.${name}`,
  );
  for (const group of inGroups(names)) {
    const there = "ignore_unavailable=true&expand_wildcards=all";
    const answer = await ask(client, `${pathOf(group)}/_settings?${there}&filter_path=${filter.join(",")}`, signal);
    for (const [name, { settings }] of Object.entries(Settings.parse(answer))) {
      const { max_result_window: window, max_slices_per_scroll: scroll, max_slices_per_pit: pit } = settings.index;
      limits.set(name, {
        window: window ?? defaults.window,
        slices: Math.min(scroll ?? defaults.slices, pit ?? defaults.slices),
      });
    }
  }
  return limits;
}

/** What a search in all of these indices may ask for. */
export function commonLimits(limits: ReadonlyMap<string, IndexLimits>, names: readonly string[]): IndexLimits {
  const found = names.map((name) => limits.get(name) ?? defaults);
  return {
    window: Math.min(defaults.window, ...found.map(({ window }) => window)),
    slices: Math.min(defaults.slices, ...found.map(({ slices }) => slices)),
  };
}
