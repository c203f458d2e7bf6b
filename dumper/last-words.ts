import { createHash } from "node:crypto";
import type { Diagnostic } from "../contract/diagnostic.ts";
import type { DumpExitCode } from "../contract/exit-code.ts";
import { scrub, type Secret } from "../contract/secret.ts";
import { messageOf } from "./failure.ts";
import type { DumpOutcome } from "./program.ts";
import { encodeManifest, type StoredDump } from "./sink/snapshot-manifest.ts";

/** What the dumper's process says at its end. Scripts read it: fields are only ever added. */
export type LastWords =
  | {
      readonly result: "stored";
      readonly exitCode: DumpExitCode;
      /** The manifest's. */
      readonly key: string;
      /** Of all objects together, as they are stored. */
      readonly bytes: number;
      readonly seconds: number;
      /** Of the manifest, in which those of the objects stand. */
      readonly sha256: string;
      readonly objects: readonly Pick<StoredDump, "key" | "name" | "bytes" | "sha256">[];
    }
  | {
      readonly result: "invalid";
      readonly exitCode: DumpExitCode;
      readonly diagnostics: readonly Pick<Diagnostic, "code" | "field" | "problem" | "remedy">[];
    }
  | {
      readonly result: "failed";
      readonly exitCode: DumpExitCode;
      /** One line: what happened and what to do. */
      readonly error: string;
    };

/** The last words of a run, without the secrets. */
export function lastWordsOf(outcome: DumpOutcome, secrets: readonly Secret[]): LastWords {
  const clean = (text: string) => scrub(text, secrets);
  const { exitCode } = outcome;
  switch (outcome.result) {
    case "stored": {
      const { key, manifest } = outcome.snapshot;
      const objects = manifest.objects.map(({ key: object, name, bytes, sha256 }) => ({
        key: object,
        name,
        bytes,
        sha256,
      }));
      const bytes = objects.reduce((sum, object) => sum + object.bytes, 0);
      const sha256 = createHash("sha256").update(encodeManifest(manifest)).digest("hex");
      return { result: outcome.result, exitCode, key, bytes, seconds: manifest.seconds, sha256, objects };
    }
    case "invalid": {
      const diagnostics = outcome.diagnostics.map(({ code, field, problem, remedy }) => ({
        code,
        ...(field === undefined ? {} : { field }),
        problem: clean(problem),
        remedy: clean(remedy),
      }));
      return { result: outcome.result, exitCode, diagnostics };
    }
    case "failed":
      return { result: outcome.result, exitCode, error: clean(messageOf(outcome.error)) };
  }
}

/**
 * The words as JSON of at most so many bytes. What is too long loses the middle of its error, whose end says what to do,
 * or the end of its list; `omitted` then says how many are missing.
 */
export function withinBytes(words: LastWords, limitBytes: number): string {
  const whole = JSON.stringify(words);
  if (Buffer.byteLength(whole) <= limitBytes) return whole;
  const [pieces, shortened] = shortening(words);
  let [fits, tooMany] = [0, pieces];
  while (tooMany - fits > 1) {
    const kept = (fits + tooMany) >> 1;
    if (Buffer.byteLength(JSON.stringify(shortened(kept))) <= limitBytes) fits = kept;
    else tooMany = kept;
  }
  return JSON.stringify(shortened(fits));
}

/** How many pieces there are, and the words with fewer of them. */
function shortening(words: LastWords): readonly [number, (kept: number) => object] {
  switch (words.result) {
    case "stored": {
      const { objects, ...rest } = words;
      const omitted = (kept: number) => objects.length - kept;
      return [objects.length, (kept) => ({ ...rest, objects: objects.slice(0, kept), omitted: omitted(kept) })];
    }
    case "invalid": {
      const { diagnostics, ...rest } = words;
      const omitted = (kept: number) => diagnostics.length - kept;
      return [
        diagnostics.length,
        (kept) => ({ ...rest, diagnostics: diagnostics.slice(0, kept), omitted: omitted(kept) }),
      ];
    }
    case "failed": {
      const characters = Array.from(words.error);
      return [characters.length, (kept) => ({ ...words, error: withoutMiddle(characters, kept) })];
    }
  }
}

function withoutMiddle(characters: readonly string[], kept: number): string {
  const head = Math.ceil(kept / 2);
  return [...characters.slice(0, head), " … ", ...characters.slice(characters.length - (kept - head))].join("");
}
