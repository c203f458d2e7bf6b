import { managedBy, ownerAnnotation, ownerKindAnnotation } from "../../contract/labels.ts";
import type { SnapshotPlan } from "../../contract/plan.ts";

/** The metadata of what belongs to one workload: by it the operator finds its own again. Nothing of the workload's is copied. */
export function ownedMetadata({ owner, controlNamespace }: SnapshotPlan, name: string) {
  return {
    name,
    namespace: controlNamespace,
    labels: managedBy,
    annotations: { [ownerAnnotation]: `${owner.namespace}/${owner.name}`, [ownerKindAnnotation]: owner.kind },
  };
}
