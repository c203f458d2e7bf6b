import type { Diagnostic } from "../../contract/diagnostic.ts";
import type { Credential, ObjectRef } from "../../contract/plan.ts";
import { Secret } from "../../contract/secret.ts";
import { lookUp, type Variable } from "./container-env.ts";
import type { ContainerScope } from "./container-scope.ts";
import type { Names } from "./conventions.ts";
import { readMounted } from "./mounted-file.ts";
import { type DataRef, keyOf } from "./observed.ts";

/** A value, or why there is none. */
export type Outcome = Found | "unset" | Failure;
export type Found = Pick<Credential, "source" | "value">;
export interface Failure {
  readonly failure: Diagnostic;
}

export function isFailure(outcome: Outcome): outcome is Failure {
  return typeof outcome === "object" && "failure" in outcome;
}

export function byDefault(value: string, because: string): Found {
  return { value: new Secret(value), source: { from: "default", because } };
}

/** Reads the variables of a database's container by their several names, and the files that they name. */
export class DatabaseEnvironment {
  readonly #scope: ContainerScope;
  readonly #owner: ObjectRef;

  constructor(scope: ContainerScope, owner: ObjectRef) {
    this.#scope = scope;
    this.#owner = owner;
  }

  /**
   * The first of the names that is set, as itself or as a file. An empty one counts as not set, as in the images' own
   * scripts; of a file, the newlines at the end are no part of the value, as in `$(< file)`. Where nothing is, the first name
   * that a whole Secret or ConfigMap may hold, which only the cluster knows.
   */
  first(names: readonly string[]): Outcome {
    const { certain, guess } = this.#search(names);
    return certain === "unset" ? guess : certain;
  }

  /** The same without guesses. */
  certain(names: readonly string[]): Outcome {
    return this.#search(names).certain;
  }

  #search(names: readonly string[]): { readonly certain: Outcome; readonly guess: Outcome } {
    let guess: Outcome = "unset";
    for (const name of names) {
      const file = `${name}_FILE`;
      for (const [field, variable] of [
        [file, this.#file(file)],
        [name, lookUp(this.#scope, name)],
      ] as const) {
        if (variable.state === "failed") {
          return { certain: this.#failed(field, variable.code, variable.problem), guess };
        }
        if (variable.state === "unset" || variable.value?.reveal() === "") continue;
        if (variable.isGuess !== true) return { certain: variable, guess };
        if (guess === "unset" && field === name) guess = variable;
      }
    }
    return { certain: "unset", guess };
  }

  /** A setting's text. Null where it is not set, cannot be read, or is known only in the cluster. */
  setting(name: string): string | null {
    const variable = lookUp(this.#scope, name);
    return variable.state === "set" ? (variable.value?.reveal() ?? null) : null;
  }

  /** A file's content, null likewise. */
  file(path: string): Secret | null {
    const file = readMounted(this.#scope, path);
    return file.state === "set" ? file.value : null;
  }

  /** One key of the first of the Secrets that is there. */
  secretKey(secrets: readonly string[], key: string): Outcome {
    for (const name of secrets) {
      const ref: DataRef = { kind: "Secret", namespace: this.#scope.namespace, name };
      const reading = keyOf(this.#scope.read(ref), ref, key, false);
      const source = { from: ref.kind, namespace: ref.namespace, name, key };
      if (reading.state === "found") return { value: reading.value, source };
      if (reading.state === "elsewhere") return { value: null, source };
      if (reading.state === "unreadable") return this.#failed(key, "credential-unreadable", reading.problem);
    }
    return "unset";
  }

  missing(names: Names, reason: string): Failure {
    const known = `None of ${names.join(", ")}, with or without _FILE, is set in the container`;
    return this.#failed(names[0], "credential-missing", `${known}${reason}.`);
  }

  #file(name: string): Variable {
    const path = lookUp(this.#scope, name);
    if (path.state !== "set" || path.value === null || path.value.reveal() === "") return path;
    const file = readMounted(this.#scope, path.value.reveal());
    if (file.state !== "set" || file.value === null) return file;
    return { ...file, value: new Secret(withoutLastNewlines(file.value.reveal())) };
  }

  #failed(field: string, code: "credential-missing" | "credential-unreadable", problem: string): Failure {
    const { name } = this.#scope.container;
    const remedy = `Give it to the container "${name}" as a value, by a key of a Secret that the operator may get, or as a file of a Secret's volume.`;
    return { failure: { code, subject: this.#owner, field, problem, remedy } };
  }
}

/** Not by a regular expression: of a text full of newlines it would try each of them to the end. */
function withoutLastNewlines(text: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === "\n") end--;
  return text.slice(0, end);
}
