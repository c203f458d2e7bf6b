import { type Document, isNode, LineCounter, parseAllDocuments } from "yaml";
import type { z } from "zod";
import type { Diagnostic } from "../contract/diagnostic.ts";
import { annotationPrefix } from "../contract/labels.ts";
import type { ObjectRef } from "../contract/plan.ts";
import { ConfigMap, Controller, Pod, Secret, Service } from "./plan/objects.ts";
import { dataOf, type DataReading, type NamespaceReading, type ReadData, refKey } from "./plan/observed.ts";

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

const schemas: Readonly<Record<string, z.ZodType>> = {
  ...{ ConfigMap, Pod, Secret, Service },
  ...{ DaemonSet: Controller, Deployment: Controller, ReplicaSet: Controller, StatefulSet: Controller },
};

/** @param defaultNamespace of objects that name none, as kubectl would put them into its context's */
export function parseManifests(files: readonly ManifestFile[], defaultNamespace: string): Manifests {
  const found = files.flatMap(documentsOf).flatMap((document) => objectsIn(document, defaultNamespace));
  const objects = found.flatMap((one) => ("ref" in one ? [one] : []));
  const ofKind = <T>(schema: z.ZodType<T>, namespace: string): readonly T[] =>
    objects
      .filter(({ ref }) => ref.namespace === namespace && schemas[ref.kind] === schema)
      .map(({ value }) => schema.parse(value));
  const byKey = new Map(objects.map((object) => [refKey(object.ref), object]));

  return {
    readings: [...new Set(objects.map(({ ref }) => ref.namespace))].map((name) => ({
      ok: true,
      namespace: {
        name,
        pods: ofKind(Pod, name),
        services: ofKind(Service, name),
        controllers: ofKind(Controller, name),
      },
    })),
    read: (ref): DataReading => {
      const object = byKey.get(refKey(ref));
      return object === undefined ? { state: "elsewhere" } : { state: "found", data: dataOf(ref.kind, object.value) };
    },
    diagnostics: found.flatMap((one) => ("ref" in one ? [] : [one])),
    locate: (ref, field) => byKey.get(refKey(ref))?.locate(field) ?? null,
  };
}

interface SourceDocument {
  readonly document: Document;
  /** `file:line` of an offset. */
  readonly at: (offset: number) => string;
}

interface ManifestObject {
  readonly ref: ObjectRef;
  readonly value: unknown;
  readonly locate: (field?: string) => string;
}

function documentsOf({ name, text }: ManifestFile): readonly SourceDocument[] {
  const lines = new LineCounter();
  // YAML 1.1, as the API server's own parser reads it: an unquoted `yes` is a boolean, and no annotation.
  const documents = parseAllDocuments(text, { lineCounter: lines, version: "1.1", prettyErrors: false });
  const at = (offset: number) => `${name}:${String(lines.linePos(offset).line)}`;
  return [...documents].map((document) => ({ document, at }));
}

function objectsIn({ document, at }: SourceDocument, namespace: string): readonly (ManifestObject | Diagnostic)[] {
  const [error] = document.errors;
  if (error !== undefined) return [invalid(at(error.pos[0]), undefined, `It is not YAML: ${error.message}.`)];
  const root: unknown = document.toJS();
  const items = fieldOf(root, "kind") === "List" ? fieldOf(root, "items") : undefined;
  const entries = Array.isArray(items)
    ? items.map((value: unknown, index) => ({ value, path: ["items", index] }))
    : [{ value: root, path: [] }];
  return entries.flatMap(({ value, path }) => {
    const schema = schemas[String(fieldOf(value, "kind"))];
    const whereIs = (below: readonly PropertyKey[]) => at(offsetOf(document, [...path, ...below]));
    return schema === undefined ? [] : objectOf(withNamespace(value, namespace), schema, whereIs);
  });
}

function objectOf(
  value: unknown,
  schema: z.ZodType,
  whereIs: (path: readonly PropertyKey[]) => string,
): readonly (ManifestObject | Diagnostic)[] {
  const result = schema.safeParse(value);
  if (!result.success) {
    return result.error.issues.map(({ path, message }) => invalid(whereIs(path), path.join("."), `${message}.`));
  }
  const { kind, metadata } = value as { kind: string; metadata: { namespace: string; name: string } };
  const ref = { kind, namespace: metadata.namespace, name: metadata.name };
  const annotations = kind === "Pod" ? ["metadata", "annotations"] : ["spec", "template", "metadata", "annotations"];
  return [
    { ref, value, locate: (field) => whereIs(field?.startsWith(annotationPrefix) ? [...annotations, field] : []) },
  ];
}

function withNamespace(value: unknown, namespace: string): unknown {
  const metadata = fieldOf(value, "metadata");
  return {
    ...(value as object),
    metadata: { ...(metadata as object), namespace: fieldOf(metadata, "namespace") ?? namespace },
  };
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** Where a path stands in the text, or what is nearest above it. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  const node = path.length === 0 ? document.contents : document.getIn(path, true);
  if (isNode(node) && node.range != null) return node.range[0];
  return path.length === 0 ? 0 : offsetOf(document, path.slice(0, -1));
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
