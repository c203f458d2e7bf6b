import type { Reading } from "./diagnostic.ts";
import { databaseName, type FieldReader, integer, nonEmpty, refused, secret } from "./field-reader.ts";
import { parseDumpOptions } from "./dump-options.ts";
import { mysqldumpOptions } from "./mysqldump-options.ts";
import type { Secret } from "./secret.ts";
import { parseSkip, type SkipKind } from "./skip.ts";

/** https://dev.mysql.com/doc/refman/en/connection-options.html#option_general_ssl-mode */
export const mysqlSslModes = ["disabled", "preferred", "required", "verify_ca", "verify_identity"] as const;

export interface MysqlRequest {
  readonly kind: "mysql" | "mariadb";
  readonly host: string;
  readonly port: number;
  readonly username: string;
  /** Null: an account without a password. */
  readonly password: Secret | null;
  /** Null: every database that is not the server's own. */
  readonly database: string | null;
  readonly sslMode: (typeof mysqlSslModes)[number];
  /** Path of a PEM file with the authorities to trust. Null: the system's. */
  readonly caFile: string | null;
  /** Extra arguments of mysqldump, allowed ones only. */
  readonly options: readonly string[];
  /** Only these tables of the one database. Empty: all. */
  readonly tables: readonly string[];
  /** Tables of the one database that are left out. */
  readonly excludedTables: readonly string[];
  readonly skip: readonly SkipKind<"mysql">[];
}

export type MysqlVariable =
  | "MYSQL_HOST"
  | "MYSQL_PORT"
  | "MYSQL_USERNAME"
  | "MYSQL_PASSWORD"
  | "MYSQL_DATABASE"
  | "MYSQL_SSL_MODE"
  | "MYSQL_CA_FILE"
  | "MYSQLDUMP_OPTIONS"
  | "MYSQLDUMP_TABLES"
  | "MYSQLDUMP_EXCLUDED_TABLES"
  | "SKIP";

/** Reads the `MYSQL_*` and `MYSQLDUMP_*` variables. What is wrong is reported to the reader. */
export function parseMysql(kind: MysqlRequest["kind"], reader: FieldReader<MysqlVariable>): MysqlRequest {
  const named = reader.optional("MYSQL_DATABASE", databaseName);
  const database = named === "*" ? null : named;
  if (database === null) refuseTables(reader);
  return {
    kind,
    host: reader.required("MYSQL_HOST", hostName) ?? "",
    port: reader.optional("MYSQL_PORT", integer(1, 65535)) ?? 3306,
    username: reader.required("MYSQL_USERNAME", nonEmpty) ?? "",
    password: reader.optional("MYSQL_PASSWORD", secret),
    database,
    sslMode: reader.oneOf("MYSQL_SSL_MODE", mysqlSslModes) ?? "preferred",
    caFile: reader.optional("MYSQL_CA_FILE", nonEmpty),
    options: reader.optional("MYSQLDUMP_OPTIONS", (text) => parseDumpOptions(text, mysqldumpOptions)) ?? [],
    tables: reader.optional("MYSQLDUMP_TABLES", words) ?? [],
    excludedTables: reader.optional("MYSQLDUMP_EXCLUDED_TABLES", words) ?? [],
    skip: reader.optional("SKIP", parseSkip("mysql")) ?? [],
  };
}

/** Tables are named without their database: it must be one. */
function refuseTables(reader: FieldReader<MysqlVariable>): void {
  for (const key of ["MYSQLDUMP_TABLES", "MYSQLDUMP_EXCLUDED_TABLES"] as const) {
    if (!reader.has(key)) continue;
    reader.report("env-invalid", key, "It names tables, and no database is named.", "Set MYSQL_DATABASE.");
  }
}

/** MariaDB's programs read a host with a semicolon as a list of options. */
function hostName(text: string): Reading<string> {
  return /^[\w.:-]+$/.test(text) ? { value: text } : refused(text, "a host name or an address");
}

/** Separated by blanks, as the original's script split them. */
function words(text: string) {
  return { value: text.split(/\s+/).filter((word) => word !== "") };
}
