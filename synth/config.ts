import * as z from "zod";
import { clusterName } from "../contract/cluster-name.ts";
import { compressions } from "../contract/compression.ts";
import { type EngineKind, engineKinds, mysqlVersions, postgresqlVersions } from "../contract/engine.ts";
import { dnsName, nonEmpty } from "../contract/field-reader.ts";
import { httpUrl } from "../contract/storage.ts";
import { version } from "../contract/version.ts";
import { bucketName, dnsLabel, imageReference, isSet, recipients, text, textOrNothing } from "./config-values.ts";
import { quantity } from "./quantity.ts";

const texts = z.record(z.string(), text(nonEmpty)).default({});

const ServiceAccount = z
  .strictObject({ create: z.boolean().default(true), name: text(dnsName).exactOptional(), annotations: texts })
  .prefault({});

/** What goes into the ConfigMap that describes the bucket. */
const bucketSettings = ["bucket", "region", "endpoint", "path", "forcePathStyle", "maxParts"] as const;

const S3 = z
  .strictObject({
    bucket: text(bucketName).exactOptional(),
    region: text(nonEmpty).exactOptional(),
    endpoint: text(httpUrl).exactOptional(),
    path: text(nonEmpty).exactOptional(),
    forcePathStyle: z.boolean().exactOptional(),
    maxParts: z.int().min(100).max(10_000).exactOptional(),
    existingConfigMap: text(dnsName).exactOptional(),
    secretName: textOrNothing(dnsName).exactOptional(),
  })
  .superRefine(({ existingConfigMap, ...settings }, context) => {
    const given = bucketSettings.filter((key) => settings[key] !== undefined);
    if (existingConfigMap === undefined && settings.bucket === undefined) {
      const remedy = "Set bucket, or existingConfigMap to a ConfigMap that has the key S3_BUCKET.";
      context.addIssue({ code: "custom", message: "It names no bucket.", params: { remedy } });
    }
    if (existingConfigMap !== undefined && given.length > 0) {
      const message = `The settings are those of existingConfigMap, and ${given.join(", ")} would be ignored.`;
      context.addIssue({ code: "custom", message, params: { remedy: "Remove one or the other." } });
    }
  });

const Storage = z
  .strictObject({ s3: S3.exactOptional(), directory: z.strictObject({ claimName: text(dnsName) }).exactOptional() })
  .refine(({ s3, directory }) => (s3 === undefined) !== (directory === undefined), {
    message: "It must have exactly one of s3 and directory.",
    params: { remedy: "Keep the one where the snapshots are to go." },
  });

const Quantities = z.strictObject({ cpu: text(quantity).exactOptional(), memory: text(quantity).exactOptional() });

const Toleration = z.strictObject({
  key: text(nonEmpty).exactOptional(),
  operator: z.enum(["Exists", "Equal"]).exactOptional(),
  value: text(nonEmpty).exactOptional(),
  effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]).exactOptional(),
  tolerationSeconds: z.int().exactOptional(),
});

const Operator = z
  .strictObject({
    // Measured as one bundle: 94 MB at rest.
    resources: z
      .strictObject({
        requests: Quantities.default({ cpu: "10m", memory: "128Mi" }),
        limits: Quantities.default({ memory: "256Mi" }),
      })
      .prefault({}),
    nodeSelector: texts,
    tolerations: z.array(Toleration).default([]),
    affinity: z.record(z.string(), z.unknown()).default({}),
    podAnnotations: texts,
    podLabels: texts,
    reconcileIntervalSeconds: z.int().min(1).max(60).exactOptional(),
    logLevel: z.enum(["debug", "info", "warn", "error"]).exactOptional(),
  })
  .prefault({});

/** What is not given is decided by the operator, which knows what a dump needs. */
const Jobs = z
  .strictObject({
    deadlineSeconds: z.int().min(60).max(604_800).exactOptional(),
    resources: z
      .strictObject({ requests: Quantities.exactOptional(), limits: Quantities.exactOptional() })
      .prefault({}),
    caConfigMap: text(dnsName).exactOptional(),
  })
  .prefault({});

/** One image for an engine, `mysql`, or for one version of it, `mysql-5.7`. */
const dumperKeys = [
  ...engineKinds,
  ...postgresqlVersions.map((version) => `postgresql-${version}`),
  ...mysqlVersions.map((version) => `mysql-${version}`),
];

/** One image speaks to both search engines. */
function dumperImage(kind: EngineKind): string {
  return `ksnapshot/dumper-${kind === "opensearch" ? "elasticsearch" : kind}:${version}`;
}

const Images = z
  .strictObject({
    operator: text(imageReference).default(`ksnapshot/operator:${version}`),
    dumpers: z
      .strictObject({
        ...Object.fromEntries(dumperKeys.map((key) => [key, text(imageReference).exactOptional()])),
        ...Object.fromEntries(engineKinds.map((kind) => [kind, text(imageReference).default(dumperImage(kind))])),
      })
      .prefault({}),
    pullPolicy: z.enum(["Always", "IfNotPresent", "Never"]).default("IfNotPresent"),
    pullSecrets: z.array(text(dnsName)).default([]),
  })
  .prefault({});

const Encryption = z
  .strictObject({ enabled: z.boolean().default(false), recipients: recipients.default([]) })
  .prefault({});

/** What a `ksnapshot.yaml` says, defaults filled in. docs/configuration.md describes every key. */
export const InstallConfig = z.strictObject({
  name: text(dnsLabel).default("ksnapshot"),
  namespace: text(dnsLabel).default("ksnapshot"),
  cluster: text(clusterName).exactOptional(),
  createNamespace: z.boolean().default(true),
  watchNamespaces: z
    .array(text(dnsLabel))
    .min(1)
    .refine(isSet, {
      message: "A namespace is named twice.",
      params: { remedy: "Remove one of the two." },
    }),
  storage: Storage,
  encryption: Encryption,
  compression: z.enum(compressions).default("gzip"),
  images: Images,
  serviceAccounts: z.strictObject({ operator: ServiceAccount, backup: ServiceAccount }).prefault({}),
  jobs: Jobs,
  operator: Operator,
});
export type InstallConfig = z.infer<typeof InstallConfig>;
