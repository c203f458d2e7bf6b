import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from "diff";
import { dump } from "js-yaml";
import { annotationPrefix } from "../contract/labels.ts";
import type { FieldSet, LiveObject } from "../operator/cluster/cluster.ts";
import { isAdopted, ownedFields } from "../operator/cluster/managed-fields.ts";
import type { KubeObject } from "../synth/render.ts";

/** An object before and after a change, as far as the change concerns it and with no value of a Secret. */
export interface Views {
  /** Null: it is not there. */
  readonly before: KubeObject | null;
  /** Null: it goes. */
  readonly after: KubeObject | null;
}

const redacted = "[redacted]";
const redactedOther = "[redacted, and another value]";

/** @param desired with its data as it would be applied */
export function viewsOf(desired: KubeObject | null, live: LiveObject | null): Views {
  const after = desired === null ? null : withData(desired, () => redacted);
  if (live === null) return { before: null, after };
  const shown = shownOf(live, desired);
  const before = withData(shown, (key, value) =>
    desired === null || value === dataOf(desired)[key] ? redacted : redactedOther,
  );
  return { before, after };
}

/** Readable YAML, which kubectl takes. */
export function yamlText(object: KubeObject): string {
  return dump(object, { noRefs: true, lineWidth: -1, quoteStyle: "double" });
}

/** A unified diff with the given lines around each change; of a new or removed object all of it. */
export function diffText({ before, after }: Views, name: string): string {
  return formatPatch(patchOf({ before, after }, name, 3), FILE_HEADERS_ONLY);
}

/** The changed lines alone, with a little around them and `⋮` where something is left out. */
export function diffLines(views: Views): readonly string[] {
  const { hunks } = patchOf(views, "", 1);
  return hunks.flatMap(({ lines }, index) => [
    ...(index === 0 ? [] : [" ⋮"]),
    ...lines.filter((line) => !line.startsWith("\\")),
  ]);
}

function patchOf({ before, after }: Views, name: string, context: number) {
  const [from, to] = [before, after].map((object) => (object === null ? "/dev/null" : name));
  const [old, wanted] = [before, after].map((object) => (object === null ? "" : yamlText(object)));
  return structuredPatch(from ?? "", to ?? "", old ?? "", wanted ?? "", undefined, undefined, { context });
}

/**
 * Of a live object what an apply of the desired one could change: what we say of it, and what would go. The API server's
 * defaults and what others said are none of our business. What goes from an object of ours are the fields that we own and no longer
 * desire; from one that is yet to be taken over, every item and entry that is not ours.
 */
function shownOf(live: LiveObject, desired: KubeObject | null): KubeObject {
  const { apiVersion, kind, metadata } = live;
  const { name, namespace, labels, annotations } = metadata;
  const identity = {
    apiVersion,
    kind,
    metadata: { name, namespace, ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) },
  };
  const { spec, type, data } = live as { spec?: unknown; type?: unknown; data?: unknown };
  const all = { ...identity, ...(spec ? { spec } : {}), ...(type ? { type } : {}), ...(data ? { data } : {}) };
  if (desired === null) return withoutOtherAnnotations(all);
  return withoutOtherAnnotations(shown(all, desired, isAdopted(live) ? ownedFields(live) : null) as KubeObject);
}

/** @param owned null where everything will be ours */
function shown(live: unknown, desired: unknown, owned: FieldSet | null): unknown {
  if (Array.isArray(live) && Array.isArray(desired)) return shownItems(live, desired, owned);
  if (!isRecord(live) || !isRecord(desired)) return live;
  const ours = Object.keys(desired).filter((key) => live[key] !== undefined);
  const going = Object.keys(live).filter(
    (key) => desired[key] === undefined && (owned === null ? isOpenMap(desired) : owned[`f:${key}`] !== undefined),
  );
  return Object.fromEntries([
    ...ours.map(
      (key) => [key, shown(live[key], desired[key], owned === null ? null : (owned[`f:${key}`] ?? {}))] as const,
    ),
    ...going.map((key) => [key, live[key]] as const),
  ]);
}

function shownItems(live: readonly unknown[], desired: readonly unknown[], owned: FieldSet | null): readonly unknown[] {
  if (![...live, ...desired].every((item) => keyOf(item) !== undefined)) return live;
  return live.flatMap((item) => {
    const wanted = desired.find((one) => keyOf(one) === keyOf(item));
    const own = owned === null ? null : itemFields(owned, item);
    if (wanted !== undefined) return [shown(item, wanted, own ?? (owned === null ? null : {}))];
    return owned === null || own !== null ? [item] : [];
  });
}

/** The fields that we own of an item of a list: `k:{"name":"MYSQL_HOST"}` */
function itemFields(owned: FieldSet, item: unknown): FieldSet | null {
  const key = Object.keys(owned).find((one) => {
    if (!one.startsWith("k:") || !isRecord(item)) return false;
    return Object.entries(JSON.parse(one.slice(2)) as object).every(([field, value]) => item[field] === value);
  });
  return key === undefined ? null : (owned[key] ?? null);
}

/** Items of lists that are merged by key: containers, variables and volumes by `name`, mounts by `mountPath`. */
function keyOf(item: unknown): unknown {
  return isRecord(item) ? (item["mountPath"] ?? item["name"]) : undefined;
}

/** Labels, annotations, data: entries of people's own choosing, and not fields, which have defaults. */
function isOpenMap(map: Record<string, unknown>): boolean {
  return (
    Object.values(map).every((value) => typeof value === "string") && Object.keys(map).length > 0 && !("name" in map)
  );
}

/** Annotations of others may hold anything: kubectl puts a whole Secret into one. */
function withoutOtherAnnotations(object: KubeObject): KubeObject {
  const { annotations } = object.metadata;
  if (annotations === undefined) return object;
  const entries = Object.entries(annotations).map(
    ([key, value]) => [key, key.startsWith(annotationPrefix) ? value : "…"] as const,
  );
  return { ...object, metadata: { ...object.metadata, annotations: Object.fromEntries(entries) } };
}

function withData(object: KubeObject, show: (key: string, value: string) => string): KubeObject {
  if (object.kind !== "Secret") return object;
  const entries = Object.entries(dataOf(object)).map(([key, value]) => [key, show(key, value)] as const);
  return { ...object, data: Object.fromEntries(entries) };
}

function dataOf(object: KubeObject | null): Readonly<Record<string, string>> {
  return (object?.["data"] ?? {}) as Readonly<Record<string, string>>;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
