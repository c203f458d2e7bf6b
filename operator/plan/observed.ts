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
  | { readonly state: "elsewhere" };

/** Values by key. A ConfigMap's are kept as closely as a Secret's: people put passwords there. */
export type Data = Readonly<Record<string, Secret>>;

export type ReadData = (ref: DataRef) => DataReading;

/** The identity of an object as text, to key a map with. */
export function refKey({ kind, namespace, name }: ObjectRef): string {
  return `${kind} ${namespace}/${name}`;
}

/** The keys and values of a ConfigMap or Secret as the API server, or a file, gives it. @throws {ZodError} when malformed */
export function dataOf(kind: DataRef["kind"], object: unknown): Data {
  if (kind === "ConfigMap") return wrapped(ConfigMap.parse(object).data);
  const { data, stringData } = KubeSecret.parse(object);
  const decoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text, "base64").toString()] as const);
  return wrapped({ ...Object.fromEntries(decoded), ...stringData });
}

function wrapped(texts: Readonly<Record<string, string>>): Data {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, new Secret(text)] as const));
}
