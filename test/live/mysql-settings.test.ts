import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startMariadb } from "../bed/mariadb.ts";
import { type MysqlServer, startMysql } from "../bed/mysql.ts";
import { type Combination, type Domains, pairwise } from "../support/pairwise.ts";
import { type Ended, runCli, runDumper } from "./dumper-process.ts";
import { awkwardData } from "./mysql-data.ts";
import {
  backup,
  backupAccount,
  clientPath,
  contentOf,
  createAccount,
  definer,
  documentedGrants,
  mysqlEnv,
  sql,
} from "./mysql-server.ts";
import { directoryStorage } from "./storages.ts";

const database = "my_shop";
const restorer = { name: "restorer", password: "restorer's" } as const;
/** So many combinations for each product; all of them with SLOW=1. */
const tried = process.env["SLOW"] === "1" ? Number.POSITIVE_INFINITY : 8;

/** What a server may be set to while it is dumped or restored into, as SQL writes it. */
const reading: Domains = {
  sql_select_limit: ["DEFAULT", "0", "1"],
  sql_quote_show_create: ["1", "0"],
  autocommit: ["1", "0"],
  completion_type: ["0", "1", "2"],
  max_join_size: ["DEFAULT", "1"],
  sql_big_selects: ["1", "0"],
  sql_safe_updates: ["0", "1"],
  sql_buffer_result: ["0", "1"],
  read_only: ["0", "1"],
  character_set_server: ["utf8mb4", "latin1", "ucs2", "swe7"],
  default_storage_engine: ["InnoDB", "MyISAM"],
  time_zone: ["'SYSTEM'", "'+05:30'", "'-11:00'"],
  net_write_timeout: ["60", "1"],
  net_read_timeout: ["30", "1"],
  wait_timeout: ["28800", "1"],
  lock_wait_timeout: ["3600", "1"],
  group_concat_max_len: ["DEFAULT", "4"],
  max_sort_length: ["1024", "8"],
  low_priority_updates: ["0", "1"],
  lc_messages: ["'en_US'", "'de_DE'"],
  explicit_defaults_for_timestamp: ["1", "0"],
  foreign_key_checks: ["1", "0"],
  innodb_strict_mode: ["1", "0"],
  innodb_lock_wait_timeout: ["50", "1"],
  session_track_system_variables: ["DEFAULT", "''", "'*'"],
  init_connect: [
    "''",
    `'SET NAMES latin1, sql_select_limit=1, autocommit=0, sql_mode="NO_BACKSLASH_ESCAPES,ANSI"'`,
    `'SET @@session.timestamp=1, time_zone="-05:00", sql_quote_show_create=0, transaction_isolation="READ-UNCOMMITTED"'`,
  ],
};

const products = [
  {
    title: "MySQL 9",
    start: (): Promise<MysqlServer> => startMysql({ version: "9", settings }),
    lessThanAll: "CONNECTION_ADMIN, SUPER",
    own: {
      sql_mode: [
        "DEFAULT",
        "''",
        "'ANSI'",
        "'TRADITIONAL'",
        "'NO_BACKSLASH_ESCAPES'",
        "'PAD_CHAR_TO_FULL_LENGTH,ANSI_QUOTES'",
        "'NO_AUTO_VALUE_ON_ZERO,PIPES_AS_CONCAT,IGNORE_SPACE,HIGH_NOT_PRECEDENCE,REAL_AS_FLOAT,NO_DIR_IN_CREATE,NO_UNSIGNED_SUBTRACTION'",
      ],
      max_execution_time: ["0", "1"],
      transaction_isolation: ["'REPEATABLE-READ'", "'SERIALIZABLE'", "'READ-UNCOMMITTED'"],
      show_create_table_verbosity: ["0", "1"],
      show_gipk_in_create_table_and_information_schema: ["1", "0"],
      terminology_use_previous: ["'NONE'", "'BEFORE_8_0_26'"],
      information_schema_stats_expiry: ["86400", "0"],
      default_collation_for_utf8mb4: ["'utf8mb4_0900_ai_ci'", "'utf8mb4_general_ci'"],
      print_identified_with_as_hex: ["0", "1"],
    },
    writing: {
      sql_require_primary_key: ["0", "1"],
      sql_generate_invisible_primary_key: ["0", "1"],
      restrict_fk_on_non_standard_key: ["1", "0"],
      transaction_read_only: ["0", "1"],
      log_bin_trust_function_creators: ["0", "1"],
    },
  },
  {
    title: "MariaDB 11.8",
    start: (): Promise<MysqlServer> => startMariadb({ version: "11.8", settings }),
    lessThanAll: "CONNECTION ADMIN",
    own: {
      sql_mode: [
        "DEFAULT",
        "''",
        "'ANSI'",
        "'ORACLE'",
        "'MSSQL'",
        "'TRADITIONAL'",
        "'NO_BACKSLASH_ESCAPES'",
        "'PAD_CHAR_TO_FULL_LENGTH,ANSI_QUOTES'",
        "'NO_AUTO_VALUE_ON_ZERO,PIPES_AS_CONCAT,IGNORE_SPACE,EMPTY_STRING_IS_NULL,SIMULTANEOUS_ASSIGNMENT,TIME_ROUND_FRACTIONAL'",
      ],
      max_statement_time: ["0", "0.001"],
      tx_isolation: ["'REPEATABLE-READ'", "'SERIALIZABLE'", "'READ-UNCOMMITTED'"],
      system_versioning_asof: ["DEFAULT", "'2001-01-01 00:00:00'"],
      old_mode: ["DEFAULT", "''", "'ZERO_DATE_TIME_CAST,NO_PROGRESS_INFO,NO_DUP_KEY_WARNINGS_WITH_IGNORE'"],
      idle_transaction_timeout: ["0", "1"],
      idle_readonly_transaction_timeout: ["0", "1"],
      log_output: ["'FILE'", "'TABLE'"],
      note_verbosity: ["'basic'", "''"],
      character_set_collations: ["DEFAULT", "'utf8mb4=utf8mb4_general_ci'"],
    },
    writing: {
      check_constraint_checks: ["1", "0"],
      enforce_storage_engine: ["NULL", "Aria"],
      innodb_compression_default: ["0", "1"],
      alter_algorithm: ["DEFAULT", "'INSTANT'"],
      system_versioning_insert_history: ["0", "1"],
      system_versioning_alter_history: ["'ERROR'", "'KEEP'"],
      sql_if_exists: ["0", "1"],
      transaction_read_only: ["0", "1"],
    },
  },
] as const;

const settings = { "max-allowed-packet": "256M" };

describe.each(products)("$title, whatever it is set to", ({ start, own, writing, lessThanAll }) => {
  let server: MysqlServer;
  let original: readonly string[];

  beforeAll(async () => {
    server = await start();
    await fill(server);
    await createAccount(server, `'${restorer.name}'@'%'`, restorer.password);
    // All that an administrator may, but for what keeps a server from running init_connect.
    const account = `'${restorer.name}'@'%'`;
    await sql(
      server,
      null,
      `GRANT ALL ON *.* TO ${account} WITH GRANT OPTION; REVOKE ${lessThanAll} ON *.* FROM ${account};`,
    );
    original = await contentOf(server, database);
  }, 300_000);

  afterAll(() => server.stop());

  const dumps = pairwise({ ...reading, ...own });
  const restores = pairwise({ ...reading, read_only: ["0"], ...own, ...writing });
  const runs = Array.from({ length: Math.min(tried, Math.max(dumps.length, restores.length)) }, (_, index) => ({
    number: index + 1,
    whileDumped: dumps[index % dumps.length] ?? {},
    whileRestored: restores[index % restores.length] ?? {},
  }));

  test.each(runs)(
    `comes back equal, combination $number of ${Math.max(dumps.length, restores.length)}`,
    async ({ whileDumped, whileRestored }) => {
      await sql(server, null, "DROP DATABASE IF EXISTS back");
      const storage = await directoryStorage();
      const env = { ...(await mysqlEnv(server, database)), ...storage.env, COMPRESSION: "none" };

      const checked = await under(whileDumped, () => runCli(["dump", "--check"], env));
      const dumped = await under(whileDumped, () => runDumper(env));
      const key = (await storage.objects()).find((one) => one.endsWith(".manifest.json")) ?? "";
      const to = `${server.product}://${restorer.name}@${server.host}:${server.port}/back`;
      const back = await under(whileRestored, async () =>
        runCli(["restore", key, "--to", to], {
          ...storage.env,
          PATH: await clientPath(),
          MYSQL_PWD: restorer.password,
        }),
      );

      expect(lastWords(checked, whileDumped)).toBe("");
      expect(lastWords(dumped, whileDumped)).toBe("");
      expect(lastWords(back, whileRestored)).toBe("");
      const content = await contentOf(server, "back");
      expect({ content, whileDumped, whileRestored }).toEqual({ content: original, whileDumped, whileRestored });
    },
    120_000,
  );

  async function under<T>(combination: Combination, act: () => Promise<T>): Promise<T> {
    const names = Object.keys(combination);
    // The limits last: they would hold for what sets them, too.
    await sql(server, null, names.map((name) => `SET GLOBAL ${name} = ${combination[name] ?? "DEFAULT"};`).join("\n"));
    try {
      return await act();
    } finally {
      await sql(
        server,
        null,
        names
          .toReversed()
          .map((name) => `SET GLOBAL ${name} = DEFAULT;`)
          .join("\n"),
      );
    }
  }
});

/** Empty, or with what failed. */
function lastWords({ exitCode, stderr }: Ended, combination: Combination): string {
  return exitCode === 0 ? "" : `${stderr}\nunder ${JSON.stringify(combination)}`;
}

/** What a dump may stumble over, without what is only large. */
async function fill(server: MysqlServer): Promise<void> {
  const create = `CREATE DATABASE ${database} CHARACTER SET latin1 COLLATE latin1_general_ci; CREATE USER ${definer}; GRANT ALL ON *.* TO ${definer};`;
  await sql(server, null, create);
  await sql(server, database, awkwardData(server, definer));
  await sql(server, database, `DROP TABLE huge; DELETE FROM bulk WHERE id > 300;`);
  // A default of a sequence goes on to mean the one of the old database.
  if (server.product === "mariadb") await sql(server, database, "ALTER TABLE net ALTER COLUMN d SET DEFAULT 1");
  await createAccount(server, backupAccount, backup.password);
  await sql(server, null, documentedGrants(server, database, backupAccount));
}
