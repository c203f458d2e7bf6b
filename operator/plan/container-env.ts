import type { ValueSource } from "../../contract/plan.ts";
import { Secret } from "../../contract/secret.ts";
import type { ContainerScope } from "./container-scope.ts";
import type { Container, EnvEntry } from "./objects.ts";
import { type DataRef, keyOf } from "./observed.ts";
import { oncePer } from "./once-per.ts";
import { piecesOf } from "./references.ts";

/** What a variable of a container holds. */
export type Variable =
  /** The value is null when only the cluster knows it. A guess: so is whether it is set, by a whole Secret or ConfigMap. */
  | { readonly state: "set"; readonly value: Secret | null; readonly source: ValueSource; readonly isGuess?: boolean }
  | { readonly state: "unset" }
  | {
      readonly state: "failed";
      readonly code: "credential-missing" | "credential-unreadable";
      readonly problem: string;
    };

/**
 * Looks one variable up as the kubelet builds a container's environment (`makeEnvironmentVariables` in
 * https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kubelet_pods.go):
 *
 *     env, from the last entry      a literal, in which $(NAME) is looked up among the entries before it
 *        |                          valueFrom a key; an optional key that is missing leaves what was there before
 *        v
 *     envFrom, from the last entry  a whole ConfigMap or Secret, its keys with a prefix put before them
 *
 * Only what the answer depends on is read.
 */
export function lookUp(scope: ContainerScope, name: string): Variable {
  return environmentOf(scope).before(scope.container.env.length, name);
}

/** Whether the container's manifest mentions the variable by name. */
export function mentions(container: Container, name: string): boolean {
  return positionsOf(container).has(name);
}

/** One for all names that are looked up: an entry is expanded once. */
const environmentOf = oncePer((scope: ContainerScope) => new Environment(scope));

/** The kernel starts no program with a longer one: MAX_ARG_STRLEN, https://man7.org/linux/man-pages/man2/execve.2.html */
export const maxVariableLength = 131_072;
/** In one value. */
const maxReferences = 1000;
/** Of references to references: far beyond what anybody writes, far below what would cost a pass. */
const maxDepth = 64;

/** Where each name stands among the entries, in their order: a container may have tens of thousands, and as many references. */
const positionsOf = oncePer(({ env }: Container): ReadonlyMap<string, readonly number[]> =>
  Map.groupBy(env.keys(), (index) => env[index]?.name ?? ""),
);

/** The last of the positions that is before `index`; -1 where there is none. */
function lastBefore(sorted: readonly number[], index: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < index) low = middle + 1;
    else high = middle;
  }
  return sorted[low - 1] ?? -1;
}

class Environment {
  readonly #scope: ContainerScope;
  /** What each entry gives, by its position: one that is referred to often is looked up once. */
  readonly #known = new Map<number, Variable>();
  #depth = 0;

  constructor(scope: ContainerScope) {
    this.#scope = scope;
  }

  /** The variable as it stands before the entry at `index` is added. */
  before(index: number, name: string): Variable {
    const { container } = this.#scope;
    const position = lastBefore(positionsOf(container).get(name) ?? [], index);
    const entry = container.env[position];
    if (entry === undefined) return this.#fromWhole(name);
    const known = this.#known.get(position);
    if (known !== undefined) return known;
    if (this.#depth === maxDepth) return tooMuch(entry.name, `refers to others more than ${String(maxDepth)} deep`);
    this.#depth += 1;
    const variable = this.#fromEntry(entry, position);
    this.#depth -= 1;
    this.#known.set(position, variable);
    return variable;
  }

  #fromEntry(entry: EnvEntry, position: number): Variable {
    if (entry.value != null && entry.value !== "") return this.#expanded(entry.name, entry.value, position);
    if (entry.valueFrom == null) return set("", { from: "literal", variable: entry.name });
    const { secretKeyRef, configMapKeyRef, fieldRef } = entry.valueFrom;
    if (fieldRef != null) return this.#fromField(entry.name, fieldRef.fieldPath);
    const selector = secretKeyRef ?? configMapKeyRef;
    if (selector == null) {
      return {
        state: "failed",
        code: "credential-unreadable",
        problem: `The variable ${entry.name} is taken from something other than a key of a Secret or ConfigMap.`,
      };
    }
    const ref = this.#ref(secretKeyRef == null ? "ConfigMap" : "Secret", selector.name);
    const found = this.#key(ref, selector.key, selector.optional === true);
    if (found.state !== "unset") return found;
    if (selector.optional === true) return this.before(position, entry.name);
    return {
      state: "failed",
      code: "credential-missing",
      problem: `The variable ${entry.name} refers to the key "${selector.key}" of ${ref.kind} "${ref.name}", which is not there.`,
    };
  }

  #fromField(variable: string, path: string): Variable {
    const value = this.#scope.field(path);
    if (value !== null) return set(value, { from: "field", path });
    const problem = `The variable ${variable} is the pod's ${path}, which is not known before the pod runs.`;
    return { state: "failed", code: "credential-unreadable", problem };
  }

  #fromWhole(name: string): Variable {
    for (const { prefix, secretRef, configMapRef } of this.#scope.container.envFrom.toReversed()) {
      const reference = secretRef ?? configMapRef;
      if (reference == null || !name.startsWith(prefix ?? "")) continue;
      const ref = this.#ref(secretRef == null ? "ConfigMap" : "Secret", reference.name);
      const found = this.#key(ref, name.slice((prefix ?? "").length), reference.optional === true);
      if (found.state === "set" && found.value === null) return { ...found, isGuess: true };
      if (found.state !== "unset") return found;
      if (this.#scope.read(ref).state === "absent" && reference.optional !== true) {
        const problem = `The container takes its environment from ${ref.kind} "${ref.name}", which is not there.`;
        return { state: "failed", code: "credential-missing", problem };
      }
    }
    return { state: "unset" };
  }

  #key(ref: DataRef, key: string, isOptional: boolean): Variable {
    const source = { from: ref.kind, namespace: ref.namespace, name: ref.name, key };
    const reading = keyOf(this.#scope.read(ref), ref, key, isOptional);
    switch (reading.state) {
      case "found":
        return { state: "set", value: reading.value, source };
      case "absent":
        return { state: "unset" };
      case "elsewhere":
        return { state: "set", value: null, source };
      case "unreadable":
        return { state: "failed", code: "credential-unreadable", problem: reading.problem };
    }
  }

  /** https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/ */
  #expanded(variable: string, text: string, position: number): Variable {
    const pieces = piecesOf(text.slice(0, maxVariableLength + 1));
    const names = new Set(pieces.flatMap((piece) => ("name" in piece ? [piece.name] : [])));
    if (names.size > maxReferences) return tooMuch(variable, `refers to more than ${String(maxReferences)} others`);
    const values = new Map([...names].map((name) => [name, this.before(position, name)] as const));
    const failed = [...values.values()].find((value) => value.state === "failed");
    if (failed !== undefined) return failed;
    const [only] = values.values();
    if (only?.state === "set" && pieces.length === 1) return only;
    const later = [...values.values()].find((value) => value.state === "set" && value.value === null);
    if (later !== undefined) return later;
    let expanded = "";
    for (const piece of pieces) {
      const value = "name" in piece ? values.get(piece.name) : undefined;
      if ("text" in piece) expanded += piece.text;
      else expanded += value?.state === "set" ? (value.value?.reveal() ?? "") : `$(${piece.name})`; // unset: as written
      if (expanded.length > maxVariableLength)
        return tooMuch(variable, `is longer than ${String(maxVariableLength)} characters`);
    }
    return set(expanded, { from: "literal", variable });
  }

  #ref(kind: DataRef["kind"], name: string): DataRef {
    return { kind, namespace: this.#scope.namespace, name };
  }
}

function set(text: string, source: ValueSource): Variable {
  return { state: "set", value: new Secret(text), source };
}

function tooMuch(variable: string, what: string): Variable {
  return { state: "failed", code: "credential-unreadable", problem: `The variable ${variable} ${what}.` };
}
