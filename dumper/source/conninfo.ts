import type { Environment } from "../../contract/dump-request.ts";
import type { PostgresqlRequest } from "../../contract/postgresql-request.ts";
import { baseEnv } from "../process/command.ts";

const connectTimeoutSeconds = 15;

/** What is needed to reach one database. */
export interface PostgresqlTarget extends Pick<
  PostgresqlRequest,
  "host" | "port" | "username" | "password" | "sslMode" | "caFile"
> {
  readonly database: string;
}

/**
 * The argument that names the database to pg_dump and psql. A bare name would be read as a connection string when it
 * looks like one (`host=…`, `postgresql://…`), and lead elsewhere; inside quotes it is only a name.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-KEYWORD-VALUE
 */
export function databaseArgument(database: string): string {
  return `--dbname=dbname='${database.replace(/[\\']/g, "\\$&")}'`;
}

/**
 * The environment of pg_dump and psql. It is made from nothing: no PGSERVICE, PGOPTIONS or password of somebody else
 * gets in. https://www.postgresql.org/docs/current/libpq-envars.html
 */
export function libpqEnv(target: PostgresqlTarget, env: Environment): Environment {
  return {
    ...baseEnv(env),
    PGHOST: target.host,
    PGPORT: String(target.port),
    PGUSER: target.username,
    PGSSLMODE: target.sslMode,
    PGCONNECT_TIMEOUT: String(connectTimeoutSeconds),
    PGAPPNAME: "ksnapshot",
    ...(target.password === null ? {} : { PGPASSWORD: target.password.reveal() }),
    ...(target.caFile === null ? {} : { PGSSLROOTCERT: target.caFile }),
  };
}
