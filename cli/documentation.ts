import { existsSync, readFileSync } from "node:fs";
import { annotationPrefix } from "../contract/labels.ts";

/** A section of the documentation. */
export interface Topic {
  /** A code of a diagnostic, or the key of an annotation without its prefix. */
  readonly word: string;
  readonly kind: "annotation" | "diagnostic";
  /** Markdown, without the heading. */
  readonly text: string;
}

const pages = { annotation: "annotations.md", diagnostic: "diagnostics.md" } as const;

/** Every annotation, then every diagnostic, in the order of their pages. */
export function documentedTopics(): readonly Topic[] {
  return Object.entries(pages).flatMap(([kind, page]) =>
    sectionsOf(readFileSync(new URL(page, folder()), "utf8")).map(({ word, text }) => ({
      kind: kind as Topic["kind"],
      word,
      text,
    })),
  );
}

/** The word that a topic has for what somebody wrote: an annotation's key may come with its prefix. */
export function topicWord(written: string): string {
  return written.startsWith(annotationPrefix) ? written.slice(annotationPrefix.length) : written;
}

/** Beside the sources, and beside `build/` in the package. */
function folder(): URL {
  const beside = new URL("../docs/", import.meta.url);
  if (!existsSync(beside)) throw new Error(`the documentation is missing: there is no ${beside.pathname}`);
  return beside;
}

function sectionsOf(page: string): readonly { readonly word: string; readonly text: string }[] {
  return page
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [word = "", ...lines] = section.split("\n");
      return { word: word.trim(), text: lines.join("\n").trim() };
    });
}
