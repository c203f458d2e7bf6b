import type { InstallConfig } from "./config.ts";

/** The names of everything that the install has or refers to. The defaults are the original's. */
export interface InstallNames {
  readonly operator: string;
  readonly operatorServiceAccount: string;
  readonly controlRole: string;
  readonly watchRole: string;
  readonly backupServiceAccount: string;
  /** Null: the destination is not S3. */
  readonly configMap: string | null;
  /** Null: the job's pod has an identity of its own, or needs none. */
  readonly secret: string | null;
}

export function installNames({ name, serviceAccounts, storage }: InstallConfig): InstallNames {
  const { s3 } = storage;
  return {
    operator: name,
    operatorServiceAccount: serviceAccounts.operator.name ?? name,
    controlRole: name,
    watchRole: `${name}-watch`,
    backupServiceAccount: serviceAccounts.backup.name ?? `${name}-backup`,
    configMap: s3 === undefined ? null : (s3.existingConfigMap ?? `${name}-cm`),
    secret: s3 === undefined || s3.secretName === null ? null : (s3.secretName ?? `${name}-secret`),
  };
}
