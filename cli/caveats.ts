import { listed } from "../contract/listed.ts";
import { printable } from "../contract/printable.ts";

/**
 * What a snapshot does not hold, as its manifest has it: a line for each reason, since a search engine brings a hundred
 * definitions of its own. The manifest names all of them.
 */
export function leftOutText(skipped: readonly string[]): string {
  const reasons = Map.groupBy(skipped, (what) => /: .*/s.exec(what)?.[0] ?? "");
  return [...reasons]
    .flatMap(([reason, all]) =>
      reason === "" ? all : [`${listed(all.map((what) => what.slice(0, -reason.length)))}${reason}`],
    )
    .map((line) => `left out of the snapshot: ${printable(line)}\n`)
    .join("");
}

/** What one who restores it should know, a line each. */
export function notesText(notes: readonly string[]): string {
  return notes.map((note) => `note: ${printable(note)}\n`).join("");
}
