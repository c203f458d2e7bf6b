import { databaseName, type FieldReader, integer, nonEmpty, secret } from "./field-reader.ts";
import { parseDumpOptions } from "./dump-options.ts";
import { pgDumpOptions } from "./pg-dump-options.ts";
import type { Secret } from "./secret.ts";
import { parseSkip, type SkipKind } from "./skip.ts";

/** https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION */
export const sslModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;

export interface PostgresqlRequest {
  readonly kind: "postgresql";
  readonly host: string;
  readonly port: number;
  readonly username: string;
  /** Null: none is sent, and a server that trusts the client does not ask. */
  readonly password: Secret | null;
  /** Null: every database that is not the server's own, and what they share. */
  readonly database: string | null;
  readonly sslMode: (typeof sslModes)[number];
  /** Path of a PEM file with the authorities to trust. Null: the system's. */
  readonly caFile: string | null;
  /** Extra arguments of pg_dump, allowed ones only. */
  readonly options: readonly string[];
  readonly skip: readonly SkipKind<"postgresql">[];
}

export type PostgresqlVariable =
  | "POSTGRESQL_HOST"
  | "POSTGRESQL_PORT"
  | "POSTGRESQL_USERNAME"
  | "POSTGRESQL_PASSWORD"
  | "POSTGRESQL_DATABASE"
  | "POSTGRESQL_SSLMODE"
  | "POSTGRESQL_CA_FILE"
  | "PG_DUMP_OPTIONS"
  | "SKIP";

/** Reads the `POSTGRESQL_*` variables. What is wrong is reported to the reader. */
export function parsePostgresql(reader: FieldReader<PostgresqlVariable>): PostgresqlRequest {
  const database = reader.required("POSTGRESQL_DATABASE", databaseName, "a database's name, or * for all") ?? "";
  return {
    kind: "postgresql",
    host: reader.required("POSTGRESQL_HOST", nonEmpty) ?? "",
    port: reader.optional("POSTGRESQL_PORT", integer(1, 65535)) ?? 5432,
    username: reader.required("POSTGRESQL_USERNAME", nonEmpty) ?? "",
    password: reader.optional("POSTGRESQL_PASSWORD", secret),
    database: database === "*" ? null : database,
    sslMode: reader.oneOf("POSTGRESQL_SSLMODE", sslModes) ?? "prefer",
    caFile: reader.optional("POSTGRESQL_CA_FILE", nonEmpty),
    options: reader.optional("PG_DUMP_OPTIONS", (text) => parseDumpOptions(text, pgDumpOptions)) ?? [],
    skip: reader.optional("SKIP", parseSkip("postgresql")) ?? [],
  };
}
