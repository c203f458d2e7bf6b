import kplus from "cdk8s-plus-28";
import { jobMemoryBytes } from "../contract/part-ladder.ts";
import type { JobSettings, Quantities } from "../contract/plan.ts";

/** The user and group of every container of ours; the images are built for it. */
export const nonRootId = 65532;

/** https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted */
export const podSecurityContext = {
  runAsNonRoot: true,
  runAsUser: nonRootId,
  runAsGroup: nonRootId,
  fsGroup: nonRootId,
  seccompProfile: { type: "RuntimeDefault" },
} as const satisfies kplus.k8s.PodSecurityContext;

export const containerSecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
} as const satisfies kplus.k8s.SecurityContext;

/** The root filesystem is read-only: this is the only place to write. */
export const temporaryVolume = { name: "tmp", emptyDir: {} } as const satisfies kplus.k8s.Volume;
export const temporaryVolumeMount = { name: "tmp", mountPath: "/tmp" } as const satisfies kplus.k8s.VolumeMount;

/** Stored objects of up to so many bytes fit under the job's memory limit; the parts of larger ones grow beyond it. */
const largestObjectUnderLimitBytes = 200 * 2 ** 30;

/** A dump that has not ended after four hours never will, and no CPU limit: throttling only makes it, and the snapshot of the database that it holds open, last longer. */
export const defaultJobSettings: JobSettings = {
  deadlineSeconds: 14_400,
  requests: { cpu: "100m", memory: "128Mi" },
  limits: { memory: mebibytes(jobMemoryBytes(largestObjectUnderLimitBytes)) },
  caConfigMapName: null,
};

/** Kubernetes' own shape from plain quantities: `resources({ cpu: "100m" }, { memory: "256Mi" })`. */
export function resources(requests: Quantities, limits: Quantities): kplus.k8s.ResourceRequirements {
  return { requests: quantities(requests), limits: quantities(limits) };
}

function quantities(texts: Quantities): Record<string, kplus.k8s.Quantity> {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, kplus.k8s.Quantity.fromString(text)] as const),
  );
}

function mebibytes(bytes: number): string {
  return `${String(Math.ceil(bytes / 2 ** 20))}Mi`;
}
