import type { PlanConfig } from "../../operator/config.ts";
import { defaultJobSettings } from "../../synth/hardening.ts";

/** What the operator knows beside what it observes; an image for every engine. */
export function planConfig(overrides: Partial<PlanConfig> = {}): PlanConfig {
  return {
    cluster: null,
    controlNamespace: "ksnapshot",
    defaults: { encryptionEnabled: false, recipients: [], compression: "gzip" },
    destination: { kind: "s3", configMapName: "ksnapshot-cm", secretName: "ksnapshot-secret" },
    images: {
      POSTGRESQL_DUMPER_IMAGE: "dumper-postgresql:1",
      MYSQL_DUMPER_IMAGE: "dumper-mysql:1",
      MARIADB_DUMPER_IMAGE: "dumper-mariadb:1",
      ELASTICSEARCH_DUMPER_IMAGE: "dumper-elasticsearch:1",
    },
    imagePullPolicy: "IfNotPresent",
    job: defaultJobSettings,
    serviceAccountName: "ksnapshot-backup",
    ...overrides,
  };
}
