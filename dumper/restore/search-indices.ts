import { ask } from "../source/search/ask.ts";
import { create, type Creating } from "./search-create.ts";
import {
  type Creation,
  indexCreation,
  type IndexDefinition,
  mappingCreation,
  type Named,
  settingCreation,
} from "./search-definitions.ts";
import { ignoresMalformed, placedSettings, type PlacedSettings, streamSettings } from "./search-index-settings.ts";
import { relaxedMapping } from "./search-mapping.ts";
import type { IndexSettings } from "./target.ts";

/** What was made for documents to be written into. */
export interface Made {
  /** What the server did not take: no document is written there, or it would make the index itself. */
  readonly missing: ReadonlySet<string>;
  /** The mappings and settings that come after the documents. */
  readonly late: readonly Creation[];
}

/** Makes the indices without what would be in the way of their documents. @param choice of settings */
export async function makeIndices(
  indices: Named<IndexDefinition>,
  choice: IndexSettings,
  creating: Creating,
): Promise<Made> {
  const missing = new Set<string>();
  const late: Creation[] = [];
  for (const [name, { mappings, settings }] of Object.entries(indices)) {
    const placed = placedSettings(settings.index, choice);
    const relaxed = relaxedMapping(mappings, ignoresMalformed(settings.index));
    const outcome = await create(indexCreation(name, relaxed ?? mappings, placed.first), creating);
    if (outcome === "refused") missing.add(name);
    if (outcome !== "made") continue; // one that was there stays as it was
    if (relaxed !== null) late.push(mappingCreation(name, mappings));
    late.push(settingCreation(name, placed.late));
    noteLeftOut(`index ${name}`, placed, creating);
  }
  return { missing, late };
}

/** Makes data streams, and takes out of the way what their templates have given the indices behind them. */
export async function makeStreams(
  streams: readonly Creation[],
  names: readonly string[],
  choice: IndexSettings,
  creating: Creating,
): Promise<Made> {
  const missing = new Set<string>();
  const late: Creation[] = [];
  for (const [number, name] of names.entries()) {
    const stream = streams[number];
    const outcome = stream === undefined ? "refused" : await create(stream, creating);
    if (outcome === "refused") missing.add(name);
    if (outcome !== "made") continue;
    const path = `/${encodeURIComponent(name)}?filter_path=*.settings.index,*.mappings`;
    const behind = (await ask(creating.client, path, creating.signal)) as Named<IndexDefinition>;
    for (const [index, { mappings, settings }] of Object.entries(behind)) {
      const relaxed = relaxedMapping(mappings, ignoresMalformed(settings.index));
      if (relaxed !== null) {
        await create(mappingCreation(index, relaxed), creating);
        late.push(mappingCreation(index, mappings));
      }
      const placed = streamSettings(settings.index, choice);
      if (Object.keys(placed.first).length > 0) await create(settingCreation(index, placed.first), creating);
      if (Object.keys(placed.late).length > 0) late.push(settingCreation(index, placed.late));
      noteLeftOut(`data stream ${name}`, placed, creating);
    }
  }
  return { missing, late };
}

function noteLeftOut(what: string, { leftOut }: PlacedSettings, { report }: Creating): void {
  if (leftOut.length === 0) return;
  const why = "it binds to nodes or to storage of the cluster that was dumped";
  report.note(`${what} is without ${leftOut.join(", ")}: ${why}; --index-settings all sets it`);
}
