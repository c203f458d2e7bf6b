import type { ObjectRef } from "./plan.ts";
import { printable } from "./printable.ts";

/**
 * Every problem that the user can mend, by its permanent code. Each has a section in docs/diagnostics.md.
 * An `error` holds the workload: its last good CronJob stays as it is. A `warning` is told and nothing else.
 */
export const diagnosticCodes = {
  "annotation-missing": "error",
  "annotation-invalid": "error",
  "annotation-unknown": "warning",
  "annotation-unused": "warning",
  "annotation-prefix-unknown": "warning",
  "annotation-misplaced": "warning",
  "schedule-never": "warning",
  "encryption-undecided": "error",
  "recipient-missing": "error",
  "recipients-mixed": "error",
  "engine-differs": "warning",
  "version-unsupported": "error",
  "image-missing": "error",
  "enabled-undecided": "error",
  "pods-disagree": "warning",
  "owner-unknown": "error",
  "container-ambiguous": "error",
  "service-missing": "error",
  "service-ambiguous": "error",
  "service-port-missing": "error",
  "credential-missing": "error",
  "credential-unreadable": "error",
  "database-unnamed": "warning",
  "authority-missing": "warning",
  "name-collision": "error",
  "planning-failed": "error",
  "cluster-unnamed": "warning",
  "namespace-unreadable": "error",
  "namespace-unwatched": "error",
  "config-map-missing": "error",
  "config-map-key-missing": "error",
  "secret-missing": "error",
  "secret-key-missing": "error",
  "endpoint-overrides-region": "warning",
  "env-missing": "error",
  "env-invalid": "error",
  "config-invalid": "error",
  "manifest-invalid": "error",
} as const satisfies Record<string, "error" | "warning">;

export type DiagnosticCode = keyof typeof diagnosticCodes;

export interface Diagnostic {
  /** Permanent: documentation, alerts and tests key on it, not on the text. */
  readonly code: DiagnosticCode;
  /** Where: the object, or the file or environment that was read. */
  readonly subject: ObjectRef;
  /** Where inside it: an annotation key, an environment variable, a path in a file. */
  readonly field?: string;
  /** What was read and what is allowed. One full sentence. */
  readonly problem: string;
  /** What to do. One full sentence. */
  readonly remedy: string;
}

/** The most characters of a sentence, and of a field: what is quoted in them may be a mebibyte. */
const maxLength = 1000;

/** The same for people's eyes: on one line, without what a terminal would obey, and shortened where it quotes more than anybody reads. */
export function readable<T extends Diagnostic>(diagnostic: T): T {
  const { field, problem, remedy } = diagnostic;
  const texts = { problem: cut(problem), remedy: cut(remedy), ...(field === undefined ? {} : { field: cut(field) }) };
  return { ...diagnostic, ...texts };
}

function cut(text: string): string {
  return printable(text.length > maxLength ? `${text.slice(0, maxLength)}…` : text);
}

/** What a parser gives: the value, perhaps with warnings, or every error there is. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T; readonly warnings: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly [Diagnostic, ...Diagnostic[]] };

export function isError(diagnostic: Diagnostic): boolean {
  return diagnosticCodes[diagnostic.code] === "error";
}

/** The value when none of the diagnostics is an error, else all of them. `value` runs only in the first case. */
export function parsed<T>(diagnostics: readonly Diagnostic[], value: () => T): Parsed<T> {
  const [first, ...rest] = diagnostics;
  return first !== undefined && diagnostics.some(isError)
    ? { ok: false, diagnostics: [first, ...rest] }
    : { ok: true, value: value(), warnings: diagnostics };
}

/** One line for people: `Deployment shop/db: schedule: <problem> <remedy>`. */
export function sentence({ subject, field, problem, remedy }: Diagnostic): string {
  const place = subject.namespace === "" ? subject.name : `${subject.namespace}/${subject.name}`;
  return `${subject.kind} ${place}: ${field === undefined ? "" : `${field}: `}${problem} ${remedy}`;
}

/** The same of several, each on a line of its own, the last one ended too. */
export function sentences(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map((diagnostic) => `${sentence(diagnostic)}\n`).join("");
}

/** What reading one text gives: its value, or a sentence on why it is refused. The caller knows where the text stood. */
export type Reading<T> = { readonly value: T } | Refused;

export interface Refused {
  /** What was read and what is allowed. One full sentence. */
  readonly problem: string;
  /** When it is not simply the invalid value of its place. */
  readonly code?: DiagnosticCode;
}
