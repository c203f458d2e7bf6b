import type { InstallConfig } from "./config.ts";
import { installNames } from "./install-names.ts";

/**
 * The environment that carries the configuration to the operator: the original's names, and a few more. What is not set is
 * left out: the API server drops an empty value, and a GitOps tool would see a difference for ever.
 */
export function operatorEnv(config: InstallConfig): Readonly<Record<string, string>> {
  const { encryption, images, jobs, operator, storage } = config;
  const names = installNames(config);
  const settings: Readonly<Record<string, string | null | undefined>> = {
    MODE: "cluster",
    CLUSTER_NAME: config.cluster,
    WATCH_NAMESPACES: config.watchNamespaces.join(","),
    CONTROL_NAMESPACE: config.namespace,
    BACKUP_CONFIGMAP_NAME: names.configMap,
    BACKUP_SECRET_NAME: names.secret,
    BACKUP_VOLUME_CLAIM_NAME: storage.directory?.claimName,
    BACKUP_JOB_SERVICE_ACCOUNT_NAME: names.backupServiceAccount,
    BACKUP_JOB_DEADLINE_SECONDS: jobs.deadlineSeconds?.toString(),
    BACKUP_JOB_CPU_REQUEST: jobs.resources.requests?.cpu,
    BACKUP_JOB_MEMORY_REQUEST: jobs.resources.requests?.memory,
    BACKUP_JOB_CPU_LIMIT: jobs.resources.limits?.cpu,
    BACKUP_JOB_MEMORY_LIMIT: jobs.resources.limits?.memory,
    BACKUP_CA_CONFIGMAP_NAME: jobs.caConfigMap,
    BACKUP_IMAGE_PULL_POLICY: images.pullPolicy,
    ...dumperImages(images.dumpers),
    DEFAULT_COMPRESSION: config.compression,
    DEFAULT_ENCRYPTION_ENABLED: String(encryption.enabled),
    DEFAULT_ENCRYPTION_RECIPIENT: encryption.recipients.join(","),
    RECONCILE_INTERVAL_SECONDS: operator.reconcileIntervalSeconds?.toString(),
    LOG_LEVEL: operator.logLevel,
  };
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]) => (value ? [[name, value] as const] : [])),
  );
}

/** `mysql-5.7` becomes `MYSQL_DUMPER_IMAGE_5_7`. */
function dumperImages(images: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(images).map(([key, image]) => {
      const [engine = "", ...version] = key.toUpperCase().split(/[-.]/);
      return [[engine, "DUMPER_IMAGE", ...version].join("_"), image] as const;
    }),
  );
}
