// What the package `ksnapshot` exports: the constructs, for those who compose their own cdk8s app of them.
export { InstallChart, type InstallChartProps } from "./charts/install.ts";
export { parseConfig } from "./config-file.ts";
export type { InstallConfig } from "./config.ts";
export { CredentialsSecret } from "./constructs/credentials-secret.ts";
export { SnapshotCronJob, type SnapshotCronJobProps } from "./constructs/snapshot-cron-job.ts";
export { cronJobName } from "./names.ts";
export { synthesize } from "./synthesize.ts";
