import { isUtf8 } from "node:buffer";
import type { ObjectRef } from "../../contract/plan.ts";
import { Secret } from "../../contract/secret.ts";
import { ConfigMap, type Controller, type Pod, Secret as KubeSecret, type Service } from "./objects.ts";

/** What one namespace holds, as far as planning looks. */
export interface ObservedNamespace {
  readonly name: string;
  readonly pods: readonly Pod[];
  readonly controllers: readonly Controller[];
  readonly services: readonly Service[];
}

/** A failed read is not an empty namespace: what it would have told is unknown. */
export type NamespaceReading =
  | { readonly ok: true; readonly namespace: ObservedNamespace }
  | { readonly ok: false; readonly name: string; readonly problem: string };

/** A ConfigMap or a Secret whose keys a container, or a job of ours, refers to. */
export interface DataRef extends ObjectRef {
  readonly kind: "ConfigMap" | "Secret";
}

/** What was learnt of a {@link DataRef}. */
export type DataReading =
  | { readonly state: "found"; readonly data: Data }
  | { readonly state: "absent" }
  | { readonly state: "unreadable"; readonly problem: string }
  /** When planning from files that do not hold it: the cluster may. */
  | { readonly state: "elsewhere" }
  /** When planning from a cluster that is asked for it only now. */
  | { readonly state: "unread" };

/** Values by key. A ConfigMap's are kept as closely as a Secret's: people put passwords there. */
export type Data = Readonly<Record<string, Value>>;
/** Null: bytes that are no UTF-8, which no password of ours can be made of. */
type Value = Secret | null;

/** What was learnt of one key of a {@link DataRef}. */
export type KeyReading =
  | { readonly state: "found"; readonly value: Secret }
  | { readonly state: "absent" }
  | { readonly state: "elsewhere" }
  /** With a full sentence. */
  | { readonly state: "unreadable"; readonly problem: string };

/** @param isOptional whether the container can do without: then what no file holds is taken for absent */
export function keyOf(reading: DataReading, ref: DataRef, key: string, isOptional: boolean): KeyReading {
  switch (reading.state) {
    case "unreadable":
      return { state: "unreadable", problem: `${ref.kind} "${ref.name}" cannot be read: ${reading.problem}.` };
    case "absent":
      return reading;
    case "unread":
      return { state: "elsewhere" };
    case "elsewhere":
      return isOptional ? { state: "absent" } : reading;
    case "found":
      return keyIn(reading.data, ref, key);
  }
}

function keyIn(data: Data, ref: DataRef, key: string): KeyReading {
  const value = Object.hasOwn(data, key) ? data[key] : undefined;
  if (value === null) {
    return { state: "unreadable", problem: `The key "${key}" of ${ref.kind} "${ref.name}" is not text in UTF-8.` };
  }
  return value === undefined ? { state: "absent" } : { state: "found", value };
}

export type ReadData = (ref: DataRef) => DataReading;

/** The identity of an object as text, to key a map with. */
export function refKey({ kind, namespace, name }: ObjectRef): string {
  return `${kind} ${namespace}/${name}`;
}

/** The keys and values of a ConfigMap or Secret as the API server, or a file, gives it. @throws {ZodError} when malformed */
export function dataOf(kind: DataRef["kind"], object: unknown): Data {
  if (kind === "ConfigMap") return mapped(ConfigMap.parse(object).data, (text) => new Secret(text));
  const { data, stringData } = KubeSecret.parse(object);
  return { ...mapped(data, decoded), ...mapped(stringData, (text) => new Secret(text)) };
}

function decoded(base64: string): Value {
  const bytes = Buffer.from(base64, "base64");
  return isUtf8(bytes) ? new Secret(bytes.toString()) : null;
}

function mapped(texts: Readonly<Record<string, string>>, value: (text: string) => Value): Data {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, value(text)] as const));
}
