import type { Reading } from "../../contract/diagnostic.ts";
import type { RestoreTarget } from "./target.ts";

/** Reads `mysql://user@host:port/database` (or `mariadb://`). */
export function mysqlTarget(): Reading<RestoreTarget> {
  return { problem: "MySQL and MariaDB cannot be restored into yet." };
}
