import { unreachable } from "../../../contract/brand.ts";
import type { MysqlRequest } from "../../../contract/mysql-request.ts";
import type { Options } from "./option-file.ts";

/** Who made a program or a server. The two products' programs take different options and dump different things. */
export type Family = "mysql" | "mariadb";

/** What is needed to reach a server. */
export type MysqlTarget = Pick<MysqlRequest, "host" | "port" | "username" | "password" | "sslMode" | "caFile">;

/** Debian's authorities: neither product looks for the system's by itself. */
const systemAuthorities = "/etc/ssl/certs/ca-certificates.crt";

/**
 * The options that lead a program of that family to the server.
 * @param session settings of the session of MariaDB's dump tool, as `SET` takes them; other programs get them by an argument
 */
export function connectionOptions(target: MysqlTarget, family: Family, session: readonly string[] = []): Options {
  const { host, port, username, password } = target;
  const common = {
    // Both products' programs take `localhost` for the socket of this machine, and pass over the port.
    protocol: "tcp",
    ...{ port: String(port), user: username, ...(password === null ? {} : { password: password.reveal() }) },
  };
  return family === "mysql"
    ? { host, ...common, ...mysqlTls(target) }
    : { host: connectionString(host, session), ...common, ...mariadbTls(target) };
}

/**
 * MariaDB's programs read a host with a semicolon as a connection string, which is the only way to give mariadb-dump a
 * statement to begin with. https://mariadb.com/docs/connectors/mariadb-connector-c/api-functions/mysql_real_connect
 */
function connectionString(host: string, session: readonly string[]): string {
  return session.length === 0 ? host : `host={${host}};init-command={${firstStatement(session)}}`;
}

/**
 * What a session begins with, whatever the server's `init_connect` did. Servers before MySQL 8 do not know the collation that programs sign
 * in with, and would take names for latin1.
 */
export function firstStatement(session: readonly string[]): string {
  return `SET ${["NAMES utf8mb4", ...session].join(", ")}`;
}

/**
 * Without TLS, or where it may be missing, `caching_sha2_password` needs the server's public key to hide the password.
 * https://dev.mysql.com/doc/refman/en/caching-sha2-pluggable-authentication.html
 */
function mysqlTls({ sslMode, caFile }: MysqlTarget): Options {
  const isVerified = sslMode === "verify_ca" || sslMode === "verify_identity";
  const authorities = caFile ?? (isVerified ? systemAuthorities : null);
  return {
    "ssl-mode": sslMode.toUpperCase(),
    ...(authorities === null ? {} : { "ssl-ca": authorities }),
    ...(sslMode === "disabled" || sslMode === "preferred" ? { "get-server-public-key": true } : {}),
  };
}

/** MariaDB's programs check the certificate's authority and name together, or neither. */
function mariadbTls({ sslMode, caFile }: MysqlTarget): Options {
  switch (sslMode) {
    case "disabled":
      return { "skip-ssl": true };
    case "preferred":
    case "required":
      return { ssl: true, "skip-ssl-verify-server-cert": true };
    case "verify_ca":
    case "verify_identity":
      return { ssl: true, "ssl-verify-server-cert": true, "ssl-ca": caFile ?? systemAuthorities };
    default:
      return unreachable(sslMode);
  }
}
