import type { Reading } from "./diagnostic.ts";
import { type EngineFamily, type EngineKind, familyOf } from "./engine.ts";
import { either, refused } from "./field-reader.ts";

/** What can be left out of a dump on purpose. The manifest of the snapshot lists it. */
export const skipKinds = {
  postgresql: ["globals", "large-objects"],
  mysql: ["routines", "events", "triggers", "views"],
  search: ["policies", "templates", "pipelines"],
} as const satisfies Record<EngineFamily, readonly string[]>;
export type SkipKind<Family extends EngineFamily = EngineFamily> = (typeof skipKinds)[Family][number];

/** Reads one or several kinds, separated by commas. */
export function parseSkip<Family extends EngineFamily>(
  family: Family,
): (text: string) => Reading<readonly SkipKind<Family>[]> {
  const allowed: readonly SkipKind<Family>[] = skipKinds[family];
  return (text) => {
    const words = text.split(",").map((word) => word.trim());
    const unknown = words.find((word) => !allowed.some((kind) => kind === word));
    if (unknown !== undefined) return refused(unknown, either(allowed));
    return { value: allowed.filter((kind) => words.includes(kind)) };
  };
}

/** The same for an engine whose family is known only now. */
export function parseSkipOf(kind: EngineKind): (text: string) => Reading<readonly SkipKind[]> {
  return parseSkip(familyOf(kind));
}
