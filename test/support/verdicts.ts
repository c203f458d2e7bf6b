import { readFileSync, writeFileSync } from "node:fs";

export type Verdict = "accepted" | "refused";

/** A table of test/vectors: texts, as JSON, with what an API server says of each. */
export function readVerdicts(file: string): readonly (readonly [string, Verdict])[] {
  return linesOf(file)
    .slice(1)
    .map((line) => {
      const [text = "", verdict = ""] = line.split("\t");
      return [JSON.parse(text) as string, verdict as Verdict] as const;
    });
}

/** The head of the table stays. */
export function writeVerdicts(file: string, verdicts: readonly (readonly [string, Verdict])[]): void {
  const [head = ""] = linesOf(file);
  const lines = verdicts.map(([text, verdict]) => `${JSON.stringify(text)}\t${verdict}`);
  writeFileSync(urlOf(file), `${[head, ...lines].join("\n")}\n`);
}

function linesOf(file: string): readonly string[] {
  return readFileSync(urlOf(file), "utf8").trimEnd().split("\n");
}

function urlOf(file: string): URL {
  return new URL(`../vectors/${file}`, import.meta.url);
}
