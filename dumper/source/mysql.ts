import type { Environment } from "../../contract/dump-request.ts";
import type { MysqlRequest } from "../../contract/mysql-request.ts";
import { RunFailed } from "../failure.ts";
import type { Source } from "./source.ts";

/** One or all databases of a MySQL or MariaDB server by mysqldump or mariadb-dump, in plain SQL, one object each. */
export function mysqlSource({ kind }: MysqlRequest, env: Environment): Source {
  void env;
  throw new RunFailed("invalid", `${kind} cannot be dumped yet`, { remedy: "use a newer ksnapshot" });
}
