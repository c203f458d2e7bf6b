import kplus from "cdk8s-plus-28";

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

/** No CPU limit: throttling only makes a dump, and the snapshot of the database that it holds open, last longer. */
export const jobResources = resources({ cpu: "100m", memory: "128Mi" }, { memory: "512Mi" });

/** Kubernetes' own shape from plain quantities: `resources({ cpu: "100m" }, { memory: "256Mi" })`. */
export function resources(
  requests: Readonly<Record<string, string>>,
  limits: Readonly<Record<string, string>>,
): kplus.k8s.ResourceRequirements {
  return { requests: quantities(requests), limits: quantities(limits) };
}

function quantities(texts: Readonly<Record<string, string>>): Record<string, kplus.k8s.Quantity> {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, kplus.k8s.Quantity.fromString(text)] as const),
  );
}
