import { type Secret } from "../../contract/secret.ts";
import { Container, Controller, Pod, Service } from "../../operator/plan/objects.ts";
import {
  dataOf,
  type DataReading,
  type ObservedNamespace,
  type ReadData,
  refKey,
} from "../../operator/plan/observed.ts";
import type { Workload } from "../../operator/plan/workloads.ts";
import type { KubeObject } from "../../synth/render.ts";
import { prefixed } from "./workloads.ts";

/** A namespace that holds these objects, and nothing else. */
export function observedNamespace(objects: readonly KubeObject[], name = "shop"): ObservedNamespace {
  const of = (...kinds: readonly string[]) => objects.filter(({ kind }) => kinds.includes(kind));
  return {
    name,
    pods: of("Pod").map((one) => Pod.parse(one)),
    services: of("Service").map((one) => Service.parse(one)),
    controllers: of("Deployment", "StatefulSet", "ReplicaSet", "DaemonSet").map((one) => Controller.parse(one)),
  };
}

/** Reads from these ConfigMaps and Secrets; whatever else there is asked for is absent. */
export function reading(objects: readonly KubeObject[], others: Readonly<Record<string, DataReading>> = {}): ReadData {
  return (ref) => {
    const found = objects.find(({ kind, metadata }) => kind === ref.kind && metadata.name === ref.name);
    const other = others[refKey(ref)] ?? ({ state: "absent" } as const);
    return found === undefined ? other : { state: "found", data: dataOf(ref.kind, found) };
  };
}

export interface PodOptions {
  readonly annotations?: Readonly<Record<string, string | null>>;
  readonly owner?: { readonly kind: string; readonly name: string; readonly apiVersion?: string } | null;
  readonly labels?: Readonly<Record<string, string>>;
  readonly phase?: string;
  readonly createdAt?: string;
  readonly isBeingDeleted?: boolean;
}

export function podObject(name: string, options: PodOptions = {}): KubeObject {
  const {
    annotations = {},
    owner = null,
    labels = {},
    phase = "Running",
    createdAt = "2026-01-01T00:00:00Z",
  } = options;
  const metadata = {
    ...{ name, namespace: "shop", labels, annotations: prefixed(annotations), creationTimestamp: createdAt },
    ...(options.isBeingDeleted === true ? { deletionTimestamp: createdAt } : {}),
    ownerReferences: owner === null ? [] : [{ ...owner, controller: true }],
  };
  return {
    ...{ apiVersion: "v1", kind: "Pod", metadata },
    spec: { containers: [{ name: "db", image: "postgres:16" }] },
    status: { phase },
  };
}

export function replicaSetObject(
  name: string,
  owner: { readonly kind: string; readonly name: string } | null,
): KubeObject {
  return {
    ...{ apiVersion: "apps/v1", kind: "ReplicaSet" },
    metadata: {
      name,
      namespace: "shop",
      ...{ ownerReferences: owner === null ? [] : [{ ...owner, controller: true }] },
    },
    spec: { template: { metadata: {}, spec: { containers: [] } } },
  };
}

/** A Deployment `shop/db` with these containers. */
export function workload(containers: readonly object[], overrides: Partial<Workload> = {}): Workload {
  return {
    owner: { kind: "Deployment", namespace: "shop", name: "db" },
    ...{
      ownerUid: null,
      annotations: {},
      labels: { app: "db" },
      hasTemplate: true,
      podLabels: [],
      volumes: [],
      serviceAccountName: null,
    },
    containers: containers.map(container),
    ...overrides,
  };
}

export function container(fields: object): Container {
  return Container.parse({ name: "db", ...fields });
}

export function revealed(value: Secret | null): string | null {
  return value?.reveal() ?? null;
}
