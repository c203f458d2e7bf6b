import { compressions, type Compression } from "./compression.ts";
import { type Parsed, parsed } from "./diagnostic.ts";
import { databaseName, FieldReader, integer, nonEmpty, refused } from "./field-reader.ts";
import { parsePgDumpOptions } from "./pg-dump-options.ts";
import type { ObjectRef } from "./plan.ts";
import { type AgeRecipient, parseRecipients } from "./recipient.ts";
import { Secret } from "./secret.ts";
import { parseStorage, type Storage, type StorageVariable } from "./storage.ts";

/** What one run of the dumper is to do, all of it valid. */
export interface DumpRequest {
  readonly source: PostgresqlRequest;
  readonly storage: Storage;
  readonly compression: Compression;
  /** Empty: not encrypted. */
  readonly recipients: readonly AgeRecipient[];
  /** The Job's pod: a part of every object key. */
  readonly pod: string;
  /** The CronJob and workload that the snapshot belongs to. Null outside a cluster. */
  readonly cronJob: string | null;
  readonly owner: ObjectRef | null;
  /** The run fails when no byte has moved for so long. A stalled connection never ends by itself. */
  readonly noProgressTimeoutMs: number;
}

/** https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION */
export const sslModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;

export interface PostgresqlRequest {
  readonly kind: "postgresql";
  readonly host: string;
  readonly port: number;
  readonly username: string;
  /** Null: none is sent, and a server that trusts the client does not ask. */
  readonly password: Secret | null;
  readonly database: string;
  readonly sslMode: (typeof sslModes)[number];
  /** Path of a PEM file with the authorities to trust. Null: the system's. */
  readonly caFile: string | null;
  /** Extra arguments of pg_dump, allowed ones only. */
  readonly options: readonly string[];
}

type Variable =
  | StorageVariable
  | "POSTGRESQL_HOST"
  | "POSTGRESQL_PORT"
  | "POSTGRESQL_USERNAME"
  | "POSTGRESQL_PASSWORD"
  | "POSTGRESQL_DATABASE"
  | "POSTGRESQL_SSLMODE"
  | "POSTGRESQL_CA_FILE"
  | "PG_DUMP_OPTIONS"
  | "COMPRESSION"
  | "ENCRYPTION_ENABLED"
  | "ENCRYPTION_RECIPIENT"
  | "HOSTNAME"
  | "KSNAPSHOT_CRONJOB"
  | "KSNAPSHOT_OWNER"
  | "KSNAPSHOT_OWNER_KIND"
  | "NO_PROGRESS_TIMEOUT_SECONDS";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the dumper's environment, as {@link envOf} and the kubelet make it. An empty variable counts as not set, but for the password. */
export function parseEnv(env: Environment): Parsed<DumpRequest> {
  const reader = environmentReader<Variable>(env, "dumper");
  const host = reader.required("POSTGRESQL_HOST", nonEmpty);
  const source = {
    kind: "postgresql" as const,
    host: host ?? "",
    port: reader.optional("POSTGRESQL_PORT", integer(1, 65535)) ?? 5432,
    username: reader.required("POSTGRESQL_USERNAME", nonEmpty) ?? "",
    password: env["POSTGRESQL_PASSWORD"] ? new Secret(env["POSTGRESQL_PASSWORD"]) : null,
    database: reader.required("POSTGRESQL_DATABASE", databaseName) ?? "",
    sslMode: reader.oneOf("POSTGRESQL_SSLMODE", sslModes) ?? "prefer",
    caFile: reader.optional("POSTGRESQL_CA_FILE", nonEmpty),
    options: reader.optional("PG_DUMP_OPTIONS", parsePgDumpOptions) ?? [],
  };
  const storage = parseStorage(reader);
  const encrypted = reader.boolean("ENCRYPTION_ENABLED") ?? false;
  const recipients = encrypted ? reader.required("ENCRYPTION_RECIPIENT", parseRecipients, "an age public key") : [];
  const seconds = reader.optional("NO_PROGRESS_TIMEOUT_SECONDS", integer(1, 86_400)) ?? 600;
  const request = {
    source,
    compression: reader.oneOf("COMPRESSION", compressions) ?? "gzip",
    recipients: recipients ?? [],
    pod: reader.optional("HOSTNAME", nonEmpty) ?? "local",
    cronJob: reader.optional("KSNAPSHOT_CRONJOB", nonEmpty),
    owner: ownerOf(reader),
    noProgressTimeoutMs: seconds * 1000,
  };
  return parsed(reader.diagnostics, () => {
    if (storage === null) throw new Error("the storage is missing without a diagnostic");
    return { ...request, storage };
  });
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

function ownerOf(reader: FieldReader<Variable>): ObjectRef | null {
  const kind = reader.optional("KSNAPSHOT_OWNER_KIND", nonEmpty) ?? "Workload";
  return reader.optional("KSNAPSHOT_OWNER", (text) => {
    const [namespace, name, ...rest] = text.split("/");
    return namespace && name && rest.length === 0
      ? { value: { kind, namespace, name } }
      : refused(text, "of the form namespace/name");
  });
}
