import type { SettingsDefaults } from "../contract/annotations.ts";
import { clusterName } from "../contract/cluster-name.ts";
import { compressions } from "../contract/compression.ts";
import { type Parsed, parsed, type Reading } from "../contract/diagnostic.ts";
import { type Environment, environmentReader } from "../contract/dump-request.ts";
import { dnsName, type FieldReader, integer, isDnsLabel, nonEmpty, oneOf, refused } from "../contract/field-reader.ts";
import type { Destination, ImagePullPolicy, JobSettings, Quantities } from "../contract/plan.ts";
import { parseRecipients } from "../contract/recipient.ts";
import { defaultJobSettings } from "../synth/hardening.ts";
import { quantity } from "../synth/quantity.ts";
import { type DumperImages, type ImageVariable, imageVariables } from "./plan/images.ts";

/** What planning needs to know beside what is observed. */
export interface PlanConfig {
  /** What the installation is called in its snapshots. Null: nobody has said; the operator then takes its namespace's UID. */
  readonly cluster: string | null;
  /** Where the CronJobs and their Secrets live. */
  readonly controlNamespace: string;
  readonly defaults: SettingsDefaults;
  readonly destination: Destination;
  readonly images: DumperImages;
  readonly imagePullPolicy: ImagePullPolicy;
  readonly job: JobSettings;
  /** The account of the jobs' pods, in the control namespace. */
  readonly serviceAccountName: string;
}

export interface OperatorConfig extends PlanConfig {
  /** Never empty: only these are read. */
  readonly watchNamespaces: readonly string[];
  readonly intervalMs: number;
  readonly logLevel: LogLevel;
}

const logLevels = ["debug", "info", "warn", "error"] as const;
type LogLevel = (typeof logLevels)[number];
const pullPolicies = ["Always", "IfNotPresent", "Never"] as const;

type Variable =
  | "CLUSTER_NAME"
  | "WATCH_NAMESPACES"
  | "CONTROL_NAMESPACE"
  | "BACKUP_CONFIGMAP_NAME"
  | "BACKUP_SECRET_NAME"
  | "BACKUP_VOLUME_CLAIM_NAME"
  | "BACKUP_JOB_SERVICE_ACCOUNT_NAME"
  | "BACKUP_IMAGE_PULL_POLICY"
  | "BACKUP_JOB_DEADLINE_SECONDS"
  | "BACKUP_JOB_CPU_REQUEST"
  | "BACKUP_JOB_MEMORY_REQUEST"
  | "BACKUP_JOB_CPU_LIMIT"
  | "BACKUP_JOB_MEMORY_LIMIT"
  | "BACKUP_CA_CONFIGMAP_NAME"
  | "DEFAULT_ENCRYPTION_ENABLED"
  | "DEFAULT_ENCRYPTION_RECIPIENT"
  | "DEFAULT_COMPRESSION"
  | "RECONCILE_INTERVAL_SECONDS"
  | "LOG_LEVEL"
  | ImageVariable;

/**
 * Reads the operator's environment: the original's variables, and `CLUSTER_NAME`, `BACKUP_VOLUME_CLAIM_NAME` (snapshots go to a volume
 * claim instead of S3), `BACKUP_JOB_*` (deadline and resources of the jobs), `BACKUP_CA_CONFIGMAP_NAME` (its key `ca.crt` has
 * the authorities that the jobs trust), `DEFAULT_COMPRESSION`, `RECONCILE_INTERVAL_SECONDS` (1 to 60, default 30), `LOG_LEVEL` (default
 * `info`) and a dumper image for any version. An empty variable counts as not set. `MODE` of the original says nothing
 * here: the cluster is found as kubectl finds it.
 */
export function parseOperatorConfig(env: Environment): Parsed<OperatorConfig> {
  const reader = environmentReader<Variable>(env, "operator");
  const watchNamespaces = reader.required(
    "WATCH_NAMESPACES",
    namespaces,
    "the namespaces to watch, with commas between",
  );
  const config = {
    cluster: reader.optional("CLUSTER_NAME", clusterName),
    controlNamespace: reader.optional("CONTROL_NAMESPACE", namespaceName) ?? "ksnapshot",
    intervalMs: (reader.optional("RECONCILE_INTERVAL_SECONDS", integer(1, 60)) ?? 30) * 1000,
    logLevel: reader.oneOf("LOG_LEVEL", logLevels) ?? "info",
    defaults: {
      encryptionEnabled: reader.boolean("DEFAULT_ENCRYPTION_ENABLED") ?? false,
      recipients: reader.optional("DEFAULT_ENCRYPTION_RECIPIENT", parseRecipients) ?? [],
      compression: reader.oneOf("DEFAULT_COMPRESSION", compressions) ?? "gzip",
    },
    destination: destinationOf(reader),
    images: imagesOf(reader),
    imagePullPolicy: reader.optional("BACKUP_IMAGE_PULL_POLICY", oneOf(pullPolicies)) ?? "IfNotPresent",
    job: jobOf(reader),
    serviceAccountName: reader.optional("BACKUP_JOB_SERVICE_ACCOUNT_NAME", dnsName) ?? "ksnapshot-backup-sa",
  };
  return parsed(reader.diagnostics, () => ({ ...config, watchNamespaces: watchNamespaces ?? [] }));
}

function destinationOf(reader: FieldReader<Variable>): Destination {
  const configMapName = reader.optional("BACKUP_CONFIGMAP_NAME", dnsName) ?? "ksnapshot-cm";
  const secretName = reader.optional("BACKUP_SECRET_NAME", dnsName);
  const claimName = reader.optional("BACKUP_VOLUME_CLAIM_NAME", dnsName);
  return claimName === null ? { kind: "s3", configMapName, secretName } : { kind: "directory", claimName };
}

/** A group of which one is given replaces the default as a whole. */
function jobOf(reader: FieldReader<Variable>): JobSettings {
  const requests = { cpu: "BACKUP_JOB_CPU_REQUEST", memory: "BACKUP_JOB_MEMORY_REQUEST" } as const;
  const limits = { cpu: "BACKUP_JOB_CPU_LIMIT", memory: "BACKUP_JOB_MEMORY_LIMIT" } as const;
  return {
    deadlineSeconds:
      reader.optional("BACKUP_JOB_DEADLINE_SECONDS", integer(60, 604_800)) ?? defaultJobSettings.deadlineSeconds,
    requests: quantitiesOf(reader, requests) ?? defaultJobSettings.requests,
    limits: quantitiesOf(reader, limits) ?? defaultJobSettings.limits,
    caConfigMapName: reader.optional("BACKUP_CA_CONFIGMAP_NAME", dnsName),
  };
}

function quantitiesOf(
  reader: FieldReader<Variable>,
  variables: Readonly<Record<keyof Quantities, Variable>>,
): Quantities | null {
  const cpu = reader.optional(variables.cpu, quantity);
  const memory = reader.optional(variables.memory, quantity);
  if (cpu === null && memory === null) return null;
  return { ...(cpu === null ? {} : { cpu }), ...(memory === null ? {} : { memory }) };
}

function imagesOf(reader: FieldReader<Variable>): DumperImages {
  return Object.fromEntries(
    imageVariables.flatMap((variable) => {
      const image = reader.optional(variable, nonEmpty);
      return image === null ? [] : [[variable, image]];
    }),
  );
}

function namespaces(text: string): Reading<readonly string[]> {
  const names = text.split(",").flatMap((part) => (part.trim() === "" ? [] : [part.trim()]));
  if (names.length === 0) return refused(text, "a list of namespaces with commas between");
  const wrong = names.map(namespaceName).find((reading) => "problem" in reading);
  return wrong ?? { value: [...new Set(names)] };
}

/** A label, not a subdomain: it has no dot. */
function namespaceName(text: string): Reading<string> {
  return isDnsLabel(text) ? { value: text } : refused(text, "the name of a namespace");
}
