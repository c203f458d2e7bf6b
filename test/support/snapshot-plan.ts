import type { SnapshotPlan } from "../../contract/plan.ts";
import type { CronSchedule } from "../../contract/schedule.ts";
import { defaultJobSettings } from "../../synth/hardening.ts";
import { Secret } from "../../contract/secret.ts";

/** A plan of a PostgreSQL database whose credentials are known; `overrides` say what the test is about. */
export function snapshotPlan(overrides: Partial<SnapshotPlan> = {}): SnapshotPlan {
  return {
    cluster: "prod",
    owner: { kind: "StatefulSet", namespace: "shop", name: "db" },
    ownerUid: "6f1c0a52-8f0e-4f0e-9a3e-0d9a4f2c7b11",
    cronJobName: "ksnapshot-postgresql-shop-db-ad9c1afe",
    controlNamespace: "ksnapshot",
    engine: { kind: "postgresql", version: "16" },
    schedule: "0 3 * * *" as CronSchedule,
    timeZone: "Europe/Paris",
    host: "db.shop.svc.cluster.local",
    port: 5432,
    https: false,
    credentials: credentials("POSTGRESQL"),
    skip: [],
    compression: "gzip",
    recipients: [],
    destination: { kind: "s3", configMapName: "ksnapshot-cm", secretName: "ksnapshot-secret" },
    job: defaultJobSettings,
    image: "ksnapshot/dumper-postgresql:1.0.0",
    imagePullPolicy: "IfNotPresent",
    serviceAccountName: "ksnapshot-backup",
    findings: {
      engine: { value: "postgresql", from: "annotation", because: "the annotation type" },
      version: { value: "16", from: "image", because: "the image postgres:16.4-bookworm" },
      container: { value: "postgres", from: "found", because: "the only one" },
      service: { value: "db", from: "found", because: "the only one that selects its pods" },
      port: { value: "5432", from: "found", because: "it leads to 5432 of the container postgres" },
    },
    ...overrides,
  };
}

/** User `shop`, password `p4ss$word`, database `shop`. */
export function credentials(prefix: "POSTGRESQL" | "MYSQL"): SnapshotPlan["credentials"] {
  const values = { USERNAME: "shop", PASSWORD: "p4ss$word", DATABASE: "shop" };
  return Object.entries(values).map(([name, value]) => ({
    name: `${prefix}_${name}`,
    source: { from: "literal", variable: `${prefix}_${name}` },
    value: new Secret(value),
  }));
}
