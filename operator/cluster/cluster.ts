import type { ObjectRef } from "../../contract/plan.ts";
import type { KubeObject } from "../../synth/render.ts";

/** The kinds that the operator reads or writes, with where the API server serves them. */
export const resources = {
  ConfigMap: { apiVersion: "v1", plural: "configmaps" },
  CronJob: { apiVersion: "batch/v1", plural: "cronjobs" },
  DaemonSet: { apiVersion: "apps/v1", plural: "daemonsets" },
  Deployment: { apiVersion: "apps/v1", plural: "deployments" },
  Namespace: { apiVersion: "v1", plural: "namespaces" },
  Job: { apiVersion: "batch/v1", plural: "jobs" },
  Pod: { apiVersion: "v1", plural: "pods" },
  ReplicaSet: { apiVersion: "apps/v1", plural: "replicasets" },
  Secret: { apiVersion: "v1", plural: "secrets" },
  Service: { apiVersion: "v1", plural: "services" },
  StatefulSet: { apiVersion: "apps/v1", plural: "statefulsets" },
} as const;
export type ResourceKind = keyof typeof resources;

/** An object as the API server gives it. */
export interface LiveObject extends KubeObject {
  readonly metadata: KubeObject["metadata"] & {
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly deletionTimestamp?: string;
    readonly managedFields?: readonly ManagedFields[];
  };
}

/** https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management */
export interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly apiVersion?: string;
  readonly subresource?: string;
  readonly fieldsType?: string;
  readonly fieldsV1?: FieldSet;
}

/** Keys are `f:<field>`, `k:<JSON of an item's keys>`, `v:<JSON of a value>`, and `.` for the item itself. */
export interface FieldSet {
  readonly [key: string]: FieldSet;
}

/**
 * All that a pass needs of a cluster. Reads may be given up when the operator is told to stop; a write, once begun, is
 * seen through. Every method throws {@link ApiFailed} when the API server refuses, fails or does not answer in time.
 */
export interface Cluster {
  /** Every object of the kind, however many pages it takes. */
  list(kind: ResourceKind, namespace: string, labelSelector?: string): Promise<readonly LiveObject[]>;
  /** `namespace` is empty for a kind that is in none. Null when, and only when, the API server itself says that there is no such object. */
  get(kind: ResourceKind, namespace: string, name: string): Promise<LiveObject | null>;
  /** Makes the object as given, and takes it over from another manager at the first contact. `live`: as it was observed. */
  apply(object: KubeObject, live: LiveObject | null): Promise<void>;
  /** Deletes this very object, not a namesake made since; what it made stays and ends by itself. */
  remove(object: LiveObject): Promise<void>;
}

/** The API server did not do what was asked. Whether asking again helps is for the next pass to find out. */
export class ApiFailed extends Error {
  override readonly name = "ApiFailed";
  readonly code = "API_FAILED";
  /** What the API server said in its own words. Null when nobody answered, or somebody else did. */
  readonly status: Status | null;

  constructor(message: string, status: Status | null, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/**
 * Why the API server did not do it. The code of HTTP alone tells nothing: any proxy on the way may answer 404.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
 */
export interface Status {
  readonly reason: string;
  /** The object that it is about, as far as it is about one; its kind is the plural. */
  readonly details: Readonly<Partial<Record<"group" | "kind" | "name", string | undefined>>>;
}

/** Whether it says that this very object does not exist: not its namespace, its kind or anything else on the way to it. */
export function isNotFound(error: unknown, kind: ResourceKind, name: string): boolean {
  const { apiVersion, plural } = resources[kind];
  const group = apiVersion.includes("/") ? apiVersion.split("/")[0] : undefined;
  const status = error instanceof ApiFailed ? error.status : null;
  if (status?.reason !== "NotFound") return false;
  const { details } = status;
  return details.name === name && details.kind === plural && details.group === group;
}

export function isResourceKind(kind: string): kind is ResourceKind {
  return kind in resources;
}

export function refOf({ kind, metadata: { namespace = "", name } }: KubeObject): ObjectRef {
  return { kind, namespace, name };
}
