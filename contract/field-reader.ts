import type { Diagnostic, DiagnosticCode, Reading, Refused } from "./diagnostic.ts";
import type { ObjectRef } from "./plan.ts";
import { quoted } from "./quoted.ts";
import { Secret } from "./secret.ts";

/** Where texts come from and how their problems are told: a workload's annotations, a process's environment. */
export interface Place {
  readonly texts: Readonly<Record<string, string | undefined>>;
  readonly subject: ObjectRef;
  /** Put before a key to name it in a diagnostic. */
  readonly prefix: string;
  readonly codes: { readonly missing: DiagnosticCode; readonly invalid: DiagnosticCode };
  /** The most characters of a text that is read at all, so that reading it costs little whatever it holds. Default: any. */
  readonly maxLength?: (key: string) => number;
}

/** Reads typed values and gathers all that is wrong. Every method gives null for what is absent or was reported. */
export class FieldReader<Key extends string> {
  readonly diagnostics: Diagnostic[] = [];
  readonly #place: Place;

  constructor(place: Place) {
    this.#place = place;
  }

  has(key: Key): boolean {
    return this.#text(key) !== undefined;
  }

  optional<T>(key: Key, read: (text: string) => Reading<T>): T | null {
    const text = this.#text(key);
    if (text === undefined) return null;
    const most = this.#place.maxLength?.(key) ?? Infinity;
    const reading = text.length > most ? refused(text, `a text of at most ${String(most)} characters`) : read(text);
    if ("value" in reading) return reading.value;
    this.report(reading.code ?? this.#place.codes.invalid, key, reading.problem, "Correct it.");
    return null;
  }

  required<T>(key: Key, read: (text: string) => Reading<T>, allowed?: string): T | null {
    if (!this.has(key)) {
      const remedy = allowed === undefined ? "Set it." : `Set it to ${allowed}.`;
      this.report(this.#place.codes.missing, key, "It is required and not set.", remedy);
    }
    return this.optional(key, read);
  }

  boolean(key: Key): boolean | null {
    const text = this.oneOf(key, ["true", "false"]);
    return text === null ? null : text === "true";
  }

  oneOf<T extends string>(key: Key, allowed: readonly T[]): T | null {
    return this.optional(key, oneOf(allowed));
  }

  report(code: DiagnosticCode, key: string, problem: string, remedy: string): void {
    const { subject, prefix } = this.#place;
    this.diagnostics.push({ code, subject, field: prefix + key, problem, remedy });
  }

  #text(key: Key): string | undefined {
    return this.#place.texts[key];
  }
}

export function oneOf<T extends string>(allowed: readonly T[]): (text: string) => Reading<T> {
  return (text) => {
    const value = allowed.find((one) => one === text);
    return value === undefined ? refused(text, either(allowed)) : { value };
  };
}

/** Both bounds are allowed. */
export function integer(min: number, max: number): (text: string) => Reading<number> {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
    return value >= min && value <= max
      ? { value }
      : refused(text, `a whole number from ${String(min)} to ${String(max)}`);
  };
}

/** Any text but none at all. */
export function nonEmpty(text: string): Reading<string> {
  return text === "" ? refused(text, "a non-empty text") : { value: text };
}

/** Any text but none at all, that nothing may show. */
export function secret(text: string): Reading<Secret> {
  return { value: new Secret(text) };
}

/** The name of a Service, ConfigMap, container...: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
export function dnsName(text: string): Reading<string> {
  return /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(text) ? { value: text } : refused(text, "a DNS name");
}

/** What a namespace may be called: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names */
export function isDnsLabel(text: string): boolean {
  return /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text);
}

/** A database's name may be anything that a server takes: it reaches the dump tool only as one escaped value. */
export function databaseName(text: string): Reading<string> {
  const fits = text !== "" && text.length <= 255 && !text.includes("\0");
  return fits ? { value: text } : refused(text, "1 to 255 characters");
}

export function either(allowed: readonly string[]): string {
  return `one of ${allowed.join(", ")}`;
}

export function refused(text: string, allowed: string): Refused {
  return { problem: `${quoted(text)} is not ${allowed}.` };
}
