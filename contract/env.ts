import { envPrefix, familyOf } from "./engine.ts";
import { credentialsSecretName } from "./labels.ts";
import type { Destination, SnapshotPlan } from "./plan.ts";

/** An environment variable of a container, in Kubernetes' own shape. */
export type EnvVar =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly valueFrom: { readonly secretKeyRef: KeyRef } }
  | { readonly name: string; readonly valueFrom: { readonly configMapKeyRef: KeyRef } };

export interface KeyRef {
  readonly name: string;
  readonly key: string;
  readonly optional?: true;
}

/** Where a claim is mounted in the job's pod when the destination is a directory. */
export const directoryMountPath = "/snapshots";

/** Where the ConfigMap with the authorities to trust is mounted, and the key in it. */
export const caMountPath = "/etc/ksnapshot/ca";
export const caKey = "ca.crt";

/**
 * The environment that carries a plan to the dumper: the original's names and, first, in the original's order.
 * {@link parseEnv} is its other half, after the kubelet has looked up the references and undone the `$$`.
 */
export function envOf(plan: SnapshotPlan): readonly EnvVar[] {
  const prefix = envPrefix(plan.engine.kind);
  const secret = credentialsSecretName(plan.cronJobName);
  return [
    ...destinationEnv(plan.destination),
    literal(`${prefix}_HOST`, plan.host),
    literal(`${prefix}_PORT`, String(plan.port)),
    ...(plan.https ? [literal("ELASTICSEARCH_SCHEME", "https")] : []),
    ...plan.credentials.map(({ name }) => fromSecret(name, { name: secret, key: name })),
    ...("pageSize" in plan.engine ? [literal("ELASTICDUMP_LIMIT", String(plan.engine.pageSize))] : []),
    ...(plan.recipients.length === 0
      ? []
      : [literal("ENCRYPTION_ENABLED", "true"), literal("ENCRYPTION_RECIPIENT", plan.recipients.join(","))]),
    literal("COMPRESSION", plan.compression),
    ...(plan.skip.length === 0 ? [] : [literal("SKIP", plan.skip.join(","))]),
    ...(plan.job.caConfigMapName === null ? [] : caEnv(plan)),
    literal("JOB_DEADLINE_SECONDS", String(plan.job.deadlineSeconds)),
    ...(plan.cluster === null ? [] : [literal("KSNAPSHOT_CLUSTER", plan.cluster)]),
    literal("KSNAPSHOT_ENGINE", plan.engine.kind),
    literal("KSNAPSHOT_CRONJOB", plan.cronJobName),
    literal("KSNAPSHOT_OWNER", `${plan.owner.namespace}/${plan.owner.name}`),
    literal("KSNAPSHOT_OWNER_KIND", plan.owner.kind),
    ...(plan.ownerUid === null ? [] : [literal("KSNAPSHOT_OWNER_UID", plan.ownerUid)]),
  ];
}

function destinationEnv(destination: Destination): readonly EnvVar[] {
  if (destination.kind === "directory") {
    return [literal("BACKEND_TYPE", "directory"), literal("BACKEND_PATH", directoryMountPath)];
  }
  const { configMapName: name, secretName } = destination;
  return [
    literal("BACKEND_TYPE", "s3"),
    fromConfigMap("BACKEND_PATH", { name, key: "S3_PATH", optional: true }),
    fromConfigMap("BACKEND_S3_REGION", { name, key: "S3_REGION", optional: true }),
    fromConfigMap("BACKEND_S3_ENDPOINT", { name, key: "S3_ENDPOINT", optional: true }),
    fromConfigMap("BACKEND_S3_FORCE_PATH_STYLE", { name, key: "S3_FORCE_PATH_STYLE", optional: true }),
    fromConfigMap("BACKEND_S3_MAX_PARTS", { name, key: "S3_MAX_PARTS", optional: true }),
    fromConfigMap("BACKEND_BUCKET", { name, key: "S3_BUCKET" }),
    ...(secretName === null
      ? []
      : [
          fromSecret("BACKEND_S3_ACCESS_KEY", { name: secretName, key: "AWS_ACCESS_KEY_ID" }),
          fromSecret("BACKEND_S3_SECRET_KEY", { name: secretName, key: "AWS_SECRET_ACCESS_KEY" }),
        ]),
  ];
}

/** For https alone: libpq and mysql, which are told to try TLS, would fall back to plain text where the authority is not the one. */
function caEnv({ destination, engine }: SnapshotPlan): readonly EnvVar[] {
  const file = `${caMountPath}/${caKey}`;
  return [
    ...(destination.kind === "s3" ? [literal("BACKEND_S3_CA_FILE", file)] : []),
    ...(familyOf(engine.kind) === "search" ? [literal("ELASTICSEARCH_CA_FILE", file)] : []),
  ];
}

/**
 * A literal value with `$` doubled: the kubelet expands `$(NAME)` in it otherwise, and a tenant's annotation could ask
 * for a secret of ours. https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 */
export function literal(name: string, value: string): EnvVar {
  return { name, value: value.replaceAll("$", "$$$$") };
}

function fromSecret(name: string, secretKeyRef: KeyRef): EnvVar {
  return { name, valueFrom: { secretKeyRef } };
}

function fromConfigMap(name: string, configMapKeyRef: KeyRef): EnvVar {
  return { name, valueFrom: { configMapKeyRef } };
}
