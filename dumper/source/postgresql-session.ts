//   server < database < role < role in database < what the session sets
//
// ALTER ROLE … SET and ALTER DATABASE … SET reach into every session of ours, too. What a dump or a restore depends on is
// set by the session itself, by SQL: a connection pooler refuses settings in the startup packet (PGOPTIONS), and a server
// refuses there what it does not know. pg_dump does so by itself; pg_dumpall does not.
// https://www.postgresql.org/docs/current/config-setting.html#CONFIG-SETTING-DATABASE
import { literal } from "./postgresql-sql.ts";

/** In milliseconds; 0 is none. The third came with 14, the last with 17. */
export const timeouts = [
  "statement_timeout",
  "lock_timeout",
  "idle_session_timeout",
  "idle_in_transaction_session_timeout",
  "transaction_timeout",
] as const;

export type Settings = Readonly<Record<string, string>>;

/** No time limit: a dump takes as long as it takes, and a restore waits for its storage. */
export const withoutTimeouts: Settings = Object.fromEntries(timeouts.map((name) => [name, "0"]));

/**
 * Statements that set all of it, but what the server does not know, and that give no row. The first is a plain one: the
 * others may take longer than a time limit of a millisecond. What is said beside errors would hide them. A database's owner may set its search_path, and with it put
 * functions and operators of their own before the server's, which would run as the user who asks: it is set before
 * anything is called, and stays so.
 */
export function sessionStatements(settings: Settings, scope: "transaction" | "session"): readonly string[] {
  const local = scope === "transaction";
  const values = Object.entries(settings).map(([name, value]) => `(${literal(name)}, ${literal(value)})`);
  return [
    `SET ${local ? "LOCAL " : ""}statement_timeout = 0`,
    `SET ${local ? "LOCAL " : ""}client_min_messages = warning`,
    `SET ${local ? "LOCAL " : ""}search_path = pg_catalog`,
    // CASE, as a join may call the function before it looks for the name.
    `SELECT FROM (VALUES ${values.join(", ")}) AS wanted (name, value) ` +
      `WHERE CASE WHEN name IN (SELECT name FROM pg_settings) THEN set_config(name, value, ${String(local)}) IS NULL END`,
  ];
}

/**
 * Of a session's settings those that a program cannot have which sets nothing itself: an expression of a query, that gives
 * their names as a JSON array. A standby refuses the serializable isolation at the first query.
 */
export function unfit(program: "pg_dump" | "pg_dumpall"): string {
  const limits = program === "pg_dump" ? "" : `name IN (${timeouts.map(literal).join(", ")}) AND reset_val <> '0' OR `;
  return `(SELECT coalesce(json_agg(name ORDER BY name), '[]') FROM pg_catalog.pg_settings
           WHERE ${limits}name = 'default_transaction_isolation' AND reset_val = 'serializable' AND pg_is_in_recovery())`;
}

/**
 * The variable of libpq that sets such settings otherwise. Only those that are unfit: a pooler refuses any, and a name that the
 * server does not know ends the connection.
 */
export function startupOptions(names: readonly string[]): Settings {
  const value = (name: string) => (name === "default_transaction_isolation" ? "read\\ committed" : "0");
  return names.length === 0 ? {} : { PGOPTIONS: names.map((name) => `-c ${name}=${value(name)}`).join(" ") };
}
