import type * as z from "zod";
import type { Diagnostic } from "../contract/diagnostic.ts";
import type { ObjectRef } from "../contract/plan.ts";
import { ConfigMap, Controller, Pod, Secret, Service } from "./plan/objects.ts";
import { dataOf, type DataReading, type NamespaceReading, type ReadData, refKey } from "./plan/observed.ts";
import { parseYaml } from "./yaml-documents.ts";

export interface ManifestFile {
  /** How problems name it: a path, or `stdin`. */
  readonly name: string;
  /** YAML, several documents, or JSON. What is no object of interest is passed over. */
  readonly text: string;
}

/** What manifests say, as if it had been observed in a cluster that holds just these. */
export interface Manifests {
  readonly readings: readonly NamespaceReading[];
  /** A ConfigMap or Secret that no manifest holds is `elsewhere`: the cluster may have it. */
  readonly read: ReadData;
  /** What is not YAML, or no valid object. The rest is read all the same. */
  readonly diagnostics: readonly Diagnostic[];
  /** `file:line` of an object, or of its annotation where the field is one. Null when no manifest holds it. */
  readonly locate: (ref: ObjectRef, field?: string) => string | null;
}

/** @param defaultNamespace of objects that name none, as kubectl would put them into its context's */
export function parseManifests(files: readonly ManifestFile[], defaultNamespace: string): Manifests {
  const found = files
    .flatMap(entriesOf)
    .flatMap((entry) => ("code" in entry ? [entry] : objectOf(entry, defaultNamespace)));
  const objects = new Map<string, ManifestObject>();
  for (const one of found) if ("ref" in one) objects.set(refKey(one.ref), one);
  const readings = new Map<string, DataReading>(); // each is asked for once for every variable that may be in it
  const namespaces = new Map<string, Kept>();
  for (const { ref, keep } of objects.values()) {
    const kept = namespaces.get(ref.namespace) ?? { pods: [], services: [], controllers: [] };
    namespaces.set(ref.namespace, kept);
    keep(kept);
  }
  return {
    readings: [...namespaces].map(([name, kept]) => ({ ok: true, namespace: { name, ...kept } })),
    read: (ref) => {
      const key = refKey(ref);
      const known = readings.get(key);
      if (known !== undefined) return known;
      const object = objects.get(key);
      const reading: DataReading =
        object === undefined ? { state: "elsewhere" } : { state: "found", data: dataOf(ref.kind, object.value) };
      readings.set(key, reading);
      return reading;
    },
    diagnostics: found.flatMap((one) => ("ref" in one ? [] : [one])),
    locate: (ref, field) => objects.get(refKey(ref))?.locate(field) ?? null,
  };
}

/** What planning looks at of one namespace. */
interface Kept {
  readonly pods: Pod[];
  readonly services: Service[];
  readonly controllers: Controller[];
}

type Keep = (kept: Kept) => void;
type Reader = (value: unknown) => { readonly keep: Keep } | { readonly issues: readonly z.core.$ZodIssue[] };

const controller = reader(Controller, (kept, one) => kept.controllers.push(one));
const readers: Readonly<Record<string, Reader>> = {
  Pod: reader(Pod, (kept, one) => kept.pods.push(one)),
  Service: reader(Service, (kept, one) => kept.services.push(one)),
  ...{ DaemonSet: controller, Deployment: controller, ReplicaSet: controller, StatefulSet: controller },
  ConfigMap: reader(ConfigMap, () => undefined), // looked up by name when a container refers to it
  Secret: reader(Secret, () => undefined),
};

function reader<T>(schema: z.ZodType<T>, keep: (kept: Kept, value: T) => void): Reader {
  return (value) => {
    const result = schema.safeParse(value);
    if (!result.success) return { issues: result.error.issues };
    const { data } = result;
    return {
      keep: (kept) => {
        keep(kept, data);
      },
    };
  };
}

/** What may be an object. */
interface Entry {
  readonly value: unknown;
  /** `file:line` of a path in it. */
  readonly whereIs: (path: readonly PropertyKey[]) => string;
}

interface ManifestObject {
  readonly ref: ObjectRef;
  readonly value: unknown;
  readonly keep: Keep;
  readonly locate: (field?: string) => string;
}

function entriesOf({ name, text }: ManifestFile): readonly (Entry | Diagnostic)[] {
  const lineOf = lineFinder(text);
  const at = (offset: number) => `${name}:${lineOf(offset)}`;
  return parseYaml(text).flatMap((document): readonly (Entry | Diagnostic)[] => {
    if ("error" in document) return [invalid(at(document.offset), undefined, `It is not YAML: ${document.error}.`)];
    const { value, offsetOf } = document;
    const whereIs = (path: readonly PropertyKey[]) => at(offsetOf(path));
    const items = fieldOf(value, "kind") === "List" ? fieldOf(value, "items") : undefined;
    return Array.isArray(items)
      ? items.map((item: unknown, index) => ({ value: item, whereIs: (path) => whereIs(["items", index, ...path]) }))
      : [{ value, whereIs }];
  });
}

function objectOf({ value, whereIs }: Entry, namespace: string): readonly (ManifestObject | Diagnostic)[] {
  const kind = fieldOf(value, "kind");
  const read = typeof kind === "string" && Object.hasOwn(readers, kind) ? readers[kind] : undefined;
  if (read === undefined) return [];
  const placed = withNamespace(value, namespace);
  const reading = read(placed);
  if ("issues" in reading) {
    return reading.issues.map(({ path, message }) => invalid(whereIs(path), path.join("."), `${message}.`));
  }
  const { metadata } = placed as { metadata: { namespace: string; name: string } };
  const ref = { kind: String(kind), namespace: metadata.namespace, name: metadata.name };
  const annotations = kind === "Pod" ? ["metadata", "annotations"] : ["spec", "template", "metadata", "annotations"];
  const locate = (field?: string) => whereIs(field?.includes("/") ? [...annotations, field] : []); // an annotation's key
  return [{ ref, value: placed, keep: reading.keep, locate }];
}

function withNamespace(value: unknown, namespace: string): object {
  const metadata = fieldOf(value, "metadata");
  return {
    ...(value as object),
    metadata: { ...(metadata as object), namespace: fieldOf(metadata, "namespace") ?? namespace },
  };
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** The number, from 1, of the line that an offset is in. */
function lineFinder(text: string): (offset: number) => number {
  let starts: readonly number[] | null = null;
  return (offset) => {
    starts ??= [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}

function invalid(place: string, field: string | undefined, problem: string): Diagnostic {
  return {
    code: "manifest-invalid",
    subject: { kind: "File", namespace: "", name: place },
    ...(field ? { field } : {}),
    problem,
    remedy: "Correct it; the API server would refuse it too.",
  };
}
