import { unreachable } from "./brand.ts";
import { compressions, type Compression } from "./compression.ts";
import { type Parsed, parsed } from "./diagnostic.ts";
import {
  type Engine,
  type EngineKind,
  engineKinds,
  familyOf,
  type MysqlVersion,
  mysqlVersions,
  type PostgresqlVersion,
  postgresqlVersions,
} from "./engine.ts";
import { databaseName, dnsName, either, FieldReader, integer, oneOf } from "./field-reader.ts";
import { annotationPrefix } from "./labels.ts";
import { nearest } from "./nearest.ts";
import type { ObjectRef } from "./plan.ts";
import { quoted } from "./quoted.ts";
import { type AgeRecipient, parseRecipients } from "./recipient.ts";
import { type CronSchedule, everFires, parseSchedule } from "./schedule.ts";
import { defaultPageSize } from "./search-request.ts";
import { parseSkipOf, type SkipKind } from "./skip.ts";
import { parseTimeZone } from "./time-zone.ts";

/** The keys a workload may say, without the prefix. */
export const annotationKeys = [
  "enabled",
  "type",
  "schedule",
  "timezone",
  "version",
  "elasticsearch-limit",
  "encryption-enabled",
  "encryption-recipient",
  "compression",
  "service",
  "port",
  "container",
  "database",
  "skip",
] as const;
export type AnnotationKey = (typeof annotationKeys)[number];

/** Keys that the operator writes on its own objects. They say nothing about what a workload wants. */
const ownKeys: readonly string[] = ["owner", "owner-kind"];

/**
 * The most characters of a value, far beyond what anybody means: annotations may have 256 KiB together, and what reading one
 * costs the operator grows with it. https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/
 */
const maxLength = 4096;
/** A key of RSA has 372 to 2,800 characters, and a post-quantum one 2,000. */
const maxRecipientsLength = 32_768;
/** How many unknown keys are told one by one. */
const mostUnknownKeys = 10;

export type Annotations = Readonly<Record<string, string>>;

/** The engine as far as annotations tell. A version that is null is for the container's image to tell. */
export type EngineSettings =
  | { readonly kind: "postgresql"; readonly version: PostgresqlVersion | null }
  | { readonly kind: "mysql"; readonly version: MysqlVersion | null }
  | Exclude<Engine, { readonly version: string }>;

/** What a workload asks for, all of it valid. */
export interface SnapshotSettings {
  readonly engine: EngineSettings;
  readonly schedule: CronSchedule;
  /** IANA name. */
  readonly timeZone: string;
  readonly compression: Compression;
  /** Empty: not encrypted. */
  readonly recipients: readonly AgeRecipient[];
  /** Which Service, port, container and database, where the workload is ambiguous. Null: found. */
  readonly service: string | null;
  readonly port: number | null;
  readonly container: string | null;
  readonly database: string | null;
  /** What is left out on purpose. */
  readonly skip: readonly SkipKind[];
}

/** What the operator's configuration says for workloads that say nothing. */
export interface SettingsDefaults {
  readonly encryptionEnabled: boolean;
  readonly recipients: readonly AgeRecipient[];
  readonly compression: Compression;
}

/** Whether there is any annotation of ours: then the owner's pod template, not its pods, is what counts. */
export function hasAnnotations(annotations: Annotations): boolean {
  return ourKeys(annotations).length > 0;
}

/**
 * Reads a workload's annotations: its settings, `"off"` (no key of ours at all, or `enabled` is `"false"`: no snapshots are
 * wanted), or every error at once. Invalid is not absent: the caller must not take an error for `"off"`, and keys of ours
 * without `enabled` are an error, since it may be that very key that is misspelt.
 *
 * @param subject the workload, for the diagnostics and as the seed of `H`
 */
export function parseAnnotations(
  annotations: Annotations,
  subject: ObjectRef,
  defaults: SettingsDefaults,
): Parsed<SnapshotSettings | "off"> {
  const texts = Object.fromEntries(ourKeys(annotations).map((key) => [key, annotations[annotationPrefix + key]]));
  const codes = { missing: "annotation-missing", invalid: "annotation-invalid" } as const;
  const lengthOf = (key: string) => (key === "encryption-recipient" ? maxRecipientsLength : maxLength);
  const reader = new FieldReader<AnnotationKey>({
    ...{ texts, subject, codes },
    ...{ prefix: annotationPrefix, maxLength: lengthOf },
  });
  if (!hasAnnotations(annotations) || texts["enabled"] === "false") return { ok: true, value: "off", warnings: [] };

  reader.required("enabled", oneOf(["true", "false"]), '"true", or to "false" if no snapshots are wanted');
  const seed = `${subject.namespace}/${subject.name}`;
  const engine = engineOf(reader);
  const schedule = scheduleOf(reader, seed);
  const timeZone = reader.optional("timezone", parseTimeZone) ?? "Etc/UTC";
  const compression = reader.oneOf("compression", compressions) ?? defaults.compression;
  const recipients = recipientsOf(reader, defaults);
  const service = reader.optional("service", dnsName);
  const port = reader.optional("port", integer(1, 65535));
  const container = reader.optional("container", dnsName);
  const database = reader.optional("database", databaseName);
  const skip = engine === null ? null : reader.optional("skip", parseSkipOf(engine.kind));
  warnOfUnknownKeys(reader, Object.keys(texts));

  return parsed(reader.diagnostics, () => ({
    engine: present(engine),
    schedule: present(schedule),
    timeZone,
    compression,
    recipients,
    service,
    port,
    container,
    database,
    skip: skip ?? [],
  }));
}

function scheduleOf(reader: FieldReader<AnnotationKey>, seed: string): CronSchedule | null {
  const schedule = reader.required(
    "schedule",
    (text) => parseSchedule(text, seed),
    'a cron schedule such as "0 3 * * *"',
  );
  if (schedule !== null && !everFires(schedule)) {
    const problem = `There is no date on which ${quoted(schedule)} fires: no snapshot will ever be made.`;
    reader.report("schedule-never", "schedule", problem, 'For the end of a month, say "0 0 1 * *": the day after.');
  }
  return schedule;
}

function engineOf(reader: FieldReader<AnnotationKey>): EngineSettings | null {
  const kind = reader.required("type", oneOf(engineKinds), either(engineKinds));
  return kind === null ? null : engineOfKind(kind, reader);
}

function engineOfKind(kind: EngineKind, reader: FieldReader<AnnotationKey>): EngineSettings {
  const family = familyOf(kind);
  if (family === "search" || kind === "mariadb") warnOfUnused(reader, "version", `${kind} is asked for its version`);
  if (family === "search") warnOfUnused(reader, "database", `${kind} has none, and is dumped whole`);
  else warnOfUnused(reader, "elasticsearch-limit", `${kind} is not dumped by pages`);
  switch (kind) {
    case "postgresql":
      return { kind, version: reader.oneOf("version", postgresqlVersions) };
    case "mysql":
      return { kind, version: reader.oneOf("version", mysqlVersions) };
    case "mariadb":
      return { kind };
    case "elasticsearch":
    case "opensearch":
      return { kind, pageSize: reader.optional("elasticsearch-limit", integer(1, 10_000)) ?? defaultPageSize };
    default:
      return unreachable(kind);
  }
}

function warnOfUnused(reader: FieldReader<AnnotationKey>, key: AnnotationKey, why: string): void {
  if (reader.has(key)) reader.report("annotation-unused", key, `It says nothing here: ${why}.`, "Remove it.");
}

function recipientsOf(reader: FieldReader<AnnotationKey>, defaults: SettingsDefaults): readonly AgeRecipient[] {
  const enabled = reader.boolean("encryption-enabled");
  const own = reader.optional("encryption-recipient", parseRecipients);
  if (reader.has("encryption-enabled") && enabled === null) return []; // reported already
  if (own !== null && enabled === null && !defaults.encryptionEnabled) {
    reader.report(
      "encryption-undecided",
      "encryption-recipient",
      "A recipient is given but nothing says that the snapshot is to be encrypted.",
      'Set encryption-enabled to "true", or to "false" for a snapshot in plain text.',
    );
  }
  if (!(enabled ?? defaults.encryptionEnabled)) return [];
  const recipients = own ?? defaults.recipients;
  if (recipients.length === 0 && !reader.has("encryption-recipient")) {
    reader.report(
      "recipient-missing",
      "encryption-recipient",
      "Encryption is on, and neither the workload nor the operator names a recipient.",
      "Set it to an age public key (age-keygen prints one), or set DEFAULT_ENCRYPTION_RECIPIENT on the operator.",
    );
  }
  return recipients;
}

function warnOfUnknownKeys(reader: FieldReader<AnnotationKey>, keys: readonly string[]): void {
  const known: ReadonlySet<string> = new Set(annotationKeys);
  const unknown = keys.filter((one) => !known.has(one)).sort();
  const allKeys = `The keys are ${annotationKeys.join(", ")}.`;
  for (const key of unknown.slice(0, mostUnknownKeys)) {
    const near = nearest(key.toLowerCase(), annotationKeys);
    const remedy = near === null ? allKeys : `Did you mean ${annotationPrefix}${near}?`;
    reader.report("annotation-unknown", key, "There is no such annotation, and it is ignored.", remedy);
  }
  const [first, ...others] = unknown.slice(mostUnknownKeys);
  if (first === undefined) return;
  const problem = `There is no such annotation, and none of ${String(others.length)} more: they are ignored.`;
  reader.report("annotation-unknown", first, problem, allKeys);
}

/** Without the prefix. */
function ourKeys(annotations: Annotations): readonly string[] {
  return Object.keys(annotations)
    .filter((key) => key.startsWith(annotationPrefix))
    .map((key) => key.slice(annotationPrefix.length))
    .filter((key) => !ownKeys.includes(key));
}

/** Only reached when no error was reported, and then the value is there. */
function present<T>(value: T | null): T {
  if (value === null) throw new Error("a value is missing without a diagnostic");
  return value;
}
