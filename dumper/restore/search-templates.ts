import * as z from "zod";
import { ask } from "../source/search/ask.ts";
import type { SearchClient } from "../source/search/client.ts";
import { isForbidden, isNothing } from "../source/search/server-failure.ts";

const patterns = z.union([z.string().transform((pattern) => [pattern]), z.array(z.string())]);
const meta = z.object({ managed: z.boolean().optional() }).optional();
const Composable = z.object({
  index_templates: z.array(
    z.object({ name: z.string(), index_template: z.object({ index_patterns: patterns, _meta: meta }) }),
  ),
});
const Legacy = z.record(z.string(), z.object({ index_patterns: patterns }));

/** Which templates of the target change the indices that are to be made: nothing keeps a server from applying them. */
export async function templateNotes(
  indices: readonly string[],
  client: SearchClient,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const composable = Composable.parse((await askIfAny(client, "/_index_template", signal)) ?? { index_templates: [] });
  const legacy = Legacy.parse((await askIfAny(client, "/_template", signal)) ?? {});
  const templates = [
    ...composable.index_templates
      .filter(({ index_template: { _meta } }) => _meta?.managed !== true)
      .map(({ name, index_template: template }) => ({ name, patterns: template.index_patterns })),
    ...Object.entries(legacy).map(([name, template]) => ({ name, patterns: template.index_patterns })),
  ];
  return templates
    .filter(({ name }) => !name.startsWith("."))
    .flatMap(({ name, patterns: own }) => {
      const changed = indices.filter((index) => own.some((pattern) => fits(pattern, index)));
      const what = `the template ${name}, which the target has already, fits ${changed.join(", ")}`;
      return changed.length === 0 ? [] : [`${what}: what it sets and the snapshot does not is there as well`];
    });
}

/** `logs-*` */
function fits(pattern: string, index: string): boolean {
  const expression = pattern.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll("*", ".*");
  return new RegExp(`^${expression}$`, "u").test(index);
}

async function askIfAny(client: SearchClient, path: string, signal: AbortSignal): Promise<unknown> {
  try {
    return await ask(client, path, signal);
  } catch (error) {
    if (isNothing(error) || isForbidden(error)) return null;
    throw error;
  }
}
