/** Settings of a session by the server's names for them, each with what it is set to, as SQL writes it. */
export type Settings = Readonly<Record<string, string>>;

/**
 * What a server may be set to, globally or by `init_connect`, so that a dump lacks rows or definitions, or ends early. With what it is
 * without that: `DEFAULT` would be the server's own setting again.
 */
export const limits: Settings = {
  sql_select_limit: "18446744073709551615",
  max_execution_time: "0", // MySQL's, in milliseconds
  max_statement_time: "0", // MariaDB's, in seconds
  max_join_size: "18446744073709551615",
  sql_big_selects: "1",
  show_gipk_in_create_table_and_information_schema: "1", // primary keys that the server made, and hides
  use_secondary_engine: "OFF", // what HeatWave has loaded is not of the transaction's moment
  system_versioning_asof: "DEFAULT", // of this one alone: as it is now. https://mariadb.com/docs/server/ref/mdb/system-variables/system_versioning_asof/
};

/** A server that cannot send or is not asked anything for so long cuts the connection: a storage may well be slower. */
const slowestStorageSeconds = "86400";

/** For every session that reads. */
export const readingSettings: Settings = {
  ...limits,
  sql_mode: "''",
  autocommit: "1",
  completion_type: "NO_CHAIN", // RELEASE ends the connection with the transaction
  net_read_timeout: slowestStorageSeconds,
  net_write_timeout: slowestStorageSeconds,
  wait_timeout: slowestStorageSeconds,
  lock_wait_timeout: slowestStorageSeconds,
  idle_transaction_timeout: "0",
  idle_readonly_transaction_timeout: "0",
  idle_write_transaction_timeout: "0",
  sql_buffer_result: "0", // a copy of each table on the server's disk
  sql_quote_show_create: "1",
  show_create_table_verbosity: "0",
  default_collation_for_utf8mb4: "utf8mb4_0900_ai_ci", // which is not written where a routine has it
  information_schema_stats_expiry: "0", // when a table was made is not to be remembered from yesterday
  lc_messages: "en_US", // our remedies are found by the message
};

/** For a session that dumps go back into: what any server of the product took once is taken again. */
export const writingSettings: Settings = {
  ...readingSettings,
  transaction_read_only: "0",
  tx_read_only: "0", // the same before MySQL 8 and MariaDB 11.1
  sql_safe_updates: "0",
  innodb_strict_mode: "0", // rows that are wider than it allows
  restrict_fk_on_non_standard_key: "0", // foreign keys to what is not unique, which servers before MySQL 8.4 take
  check_constraint_checks: "0", // MariaDB's rows that were written without them
  sql_require_primary_key: "0",
  sql_generate_invisible_primary_key: "0",
  explicit_defaults_for_timestamp: "1", // what a column has is written in the dump, and what is not written it has not
  enforce_storage_engine: "NULL",
  innodb_compression_default: "0",
  old_mode: "'UTF8_IS_UTF8MB3'", // older servers write utf8 for that
  alter_algorithm: "DEFAULT",
  sql_if_exists: "0",
};

/** Those of them by which a server that may not be told otherwise would make other tables than those that were dumped. */
export const alteringSettings: Settings = {
  sql_generate_invisible_primary_key: "0",
  explicit_defaults_for_timestamp: "1",
  enforce_storage_engine: "NULL",
};
