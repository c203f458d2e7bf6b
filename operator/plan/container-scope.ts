import type { Container, Volume } from "./objects.ts";
import type { ReadData } from "./observed.ts";
import type { Workload } from "./workloads.ts";

/** A container, with all that its environment and its files may come from. */
export interface ContainerScope {
  readonly container: Container;
  readonly namespace: string;
  readonly volumes: readonly Volume[];
  /** A field of the pod, by its path in `fieldRef`. Null where it differs from pod to pod, or is set only when one runs. */
  readonly field: (path: string) => string | null;
  readonly read: ReadData;
}

export function scopeOf(workload: Workload, container: Container, read: ReadData): ContainerScope {
  const { namespace } = workload.owner;
  return { container, namespace, volumes: workload.volumes, field: (path) => fieldOf(workload, path), read };
}

/** https://kubernetes.io/docs/concepts/workloads/pods/downward-api/#available-fields */
function fieldOf({ owner, labels, annotations, serviceAccountName }: Workload, path: string): string | null {
  const [, map, key] = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path) ?? [];
  // The API server and others add to the pods of a template, and nobody to a pod that is read itself.
  if (key !== undefined) return (map === "labels" ? labels : annotations)[key] ?? (owner.kind === "Pod" ? "" : null);
  switch (path) {
    case "metadata.namespace":
      return owner.namespace;
    case "metadata.name":
      return owner.kind === "Pod" ? owner.name : null;
    case "spec.serviceAccountName":
      return serviceAccountName ?? "default";
    default:
      return null;
  }
}
