import { unreachable } from "./brand.ts";
import { clusterName } from "./cluster-name.ts";
import { compressions, type Compression } from "./compression.ts";
import { type Parsed, parsed } from "./diagnostic.ts";
import { type EngineKind, engineKinds } from "./engine.ts";
import { either, FieldReader, integer, nonEmpty, refused } from "./field-reader.ts";
import { type MysqlRequest, type MysqlVariable, parseMysql } from "./mysql-request.ts";
import type { ObjectRef } from "./plan.ts";
import { parsePostgresql, type PostgresqlRequest, type PostgresqlVariable } from "./postgresql-request.ts";
import { type AgeRecipient, parseRecipients } from "./recipient.ts";
import { parseSearch, type SearchRequest, type SearchVariable } from "./search-request.ts";
import { parseStorage, type Storage, type StorageVariable } from "./storage.ts";

/** What one run of the dumper is to do, all of it valid. */
export interface DumpRequest {
  readonly source: SourceRequest;
  readonly storage: Storage;
  readonly compression: Compression;
  /** Empty: not encrypted. */
  readonly recipients: readonly AgeRecipient[];
  /** The Job's pod: a part of every object key. */
  readonly pod: string;
  /** The installation that makes the snapshot. Null where nobody has said: then no later run sweeps what this one leaves. */
  readonly cluster: string | null;
  /** The CronJob and workload that the snapshot belongs to. Null outside a cluster. */
  readonly cronJob: string | null;
  readonly owner: ObjectRef | null;
  readonly ownerUid: string | null;
  /** The run fails when no byte has moved for so long. A stalled connection never ends by itself. */
  readonly noProgressTimeoutMs: number;
  /** How long a run of the CronJob may last; one outside of any ends by itself. */
  readonly jobDeadlineMs: number;
}

/** Which server, and what of it. */
export type SourceRequest = PostgresqlRequest | MysqlRequest | SearchRequest;

type Variable =
  | PostgresqlVariable
  | MysqlVariable
  | SearchVariable
  | StorageVariable
  | "COMPRESSION"
  | "ENCRYPTION_ENABLED"
  | "ENCRYPTION_RECIPIENT"
  | "HOSTNAME"
  | "KSNAPSHOT_CLUSTER"
  | "KSNAPSHOT_ENGINE"
  | "KSNAPSHOT_CRONJOB"
  | "KSNAPSHOT_OWNER"
  | "KSNAPSHOT_OWNER_KIND"
  | "KSNAPSHOT_OWNER_UID"
  | "NO_PROGRESS_TIMEOUT_SECONDS"
  | "JOB_DEADLINE_SECONDS";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the dumper's environment, as {@link envOf} and the kubelet make it. An empty variable counts as not set. */
export function parseEnv(env: Environment): Parsed<DumpRequest> {
  const reader = environmentReader<Variable>(env, "dumper");
  const kind = engineKindOf(reader);
  const source = kind === null ? null : sourceOf(kind, reader);
  const storage = parseStorage(reader);
  const encrypted = reader.boolean("ENCRYPTION_ENABLED") ?? false;
  const recipients = encrypted ? reader.required("ENCRYPTION_RECIPIENT", parseRecipients, "an age public key") : [];
  const deadlineSeconds = reader.optional("JOB_DEADLINE_SECONDS", integer(1, 604_800)) ?? 14_400;
  const request = {
    compression: reader.oneOf("COMPRESSION", compressions) ?? "gzip",
    recipients: recipients ?? [],
    pod: reader.optional("HOSTNAME", nonEmpty) ?? "local",
    cluster: reader.optional("KSNAPSHOT_CLUSTER", clusterName),
    cronJob: reader.optional("KSNAPSHOT_CRONJOB", nonEmpty),
    owner: ownerOf(reader),
    ownerUid: reader.optional("KSNAPSHOT_OWNER_UID", nonEmpty),
    noProgressTimeoutMs: noProgressTimeoutMs(reader) ?? 600_000,
    jobDeadlineMs: deadlineSeconds * 1000,
  };
  return parsed(reader.diagnostics, () => {
    if (source === null || storage === null) throw new Error("a value is missing without a diagnostic");
    return { ...request, source, storage };
  });
}

/** How long nothing may move. Null: not said. */
export function noProgressTimeoutMs(reader: FieldReader<"NO_PROGRESS_TIMEOUT_SECONDS">): number | null {
  const seconds = reader.optional("NO_PROGRESS_TIMEOUT_SECONDS", integer(1, 86_400));
  return seconds === null ? null : seconds * 1000;
}

/** A reader of environment variables, in which an empty one counts as not set. `program` names whose environment it is. */
export function environmentReader<Key extends string>(env: Environment, program: string): FieldReader<Key> {
  return new FieldReader<Key>({
    texts: Object.fromEntries(Object.entries(env).filter(([, text]) => text !== "")),
    subject: { kind: "Environment", namespace: "", name: program },
    prefix: "",
    codes: { missing: "env-missing", invalid: "env-invalid" },
  });
}

/** Variables that show which engine is meant where KSNAPSHOT_ENGINE does not say it, as in the original's environment. */
const signs: readonly (readonly [EngineKind, readonly Variable[]])[] = [
  ["postgresql", ["POSTGRESQL_HOST", "POSTGRESQL_USERNAME", "POSTGRESQL_DATABASE"]],
  ["mysql", ["MYSQL_HOST", "MYSQL_USERNAME", "MYSQL_DATABASE"]],
  ["elasticsearch", ["ELASTICSEARCH_HOST"]],
];

function engineKindOf(reader: FieldReader<Variable>): EngineKind | null {
  if (reader.has("KSNAPSHOT_ENGINE")) return reader.oneOf("KSNAPSHOT_ENGINE", engineKinds);
  const shown = signs.filter(([, variables]) => variables.some((variable) => reader.has(variable)));
  const [[kind] = [], ...others] = shown;
  if (kind !== undefined && others.length === 0) return kind;
  const problem =
    kind === undefined
      ? "Nothing says what to dump."
      : `${shown.map(([one]) => one).join(" and ")} are both described.`;
  const remedy = `Set it to ${either(engineKinds)}, or set the variables of one engine: POSTGRESQL_HOST, MYSQL_HOST or ELASTICSEARCH_HOST.`;
  reader.report("env-missing", "KSNAPSHOT_ENGINE", problem, remedy);
  return null;
}

function sourceOf(kind: EngineKind, reader: FieldReader<Variable>): SourceRequest {
  switch (kind) {
    case "postgresql":
      return parsePostgresql(reader);
    case "mysql":
    case "mariadb":
      return parseMysql(kind, reader);
    case "elasticsearch":
    case "opensearch":
      return parseSearch(kind, reader);
    default:
      return unreachable(kind);
  }
}

function ownerOf(reader: FieldReader<Variable>): ObjectRef | null {
  const kind = reader.optional("KSNAPSHOT_OWNER_KIND", nonEmpty) ?? "Workload";
  return reader.optional("KSNAPSHOT_OWNER", (text) => {
    const [namespace, name, ...rest] = text.split("/");
    return namespace && name && rest.length === 0
      ? { value: { kind, namespace, name } }
      : refused(text, "of the form namespace/name");
  });
}
