import { unreachable } from "../../../contract/brand.ts";
import type { MysqlRequest } from "../../../contract/mysql-request.ts";
import type { Options } from "./option-file.ts";

/** Who made a program or a server. The two products' programs take different options and dump different things. */
export type Family = "mysql" | "mariadb";

/** What is needed to reach a server. */
export type MysqlTarget = Pick<MysqlRequest, "host" | "port" | "username" | "password" | "sslMode" | "caFile">;

/**
 * A server that cannot send for so long cuts the connection, 60 s unless told otherwise: a storage may well be slower.
 * mysqldump raises it by itself.
 */
const netTimeoutSeconds = 86_400;

/** Debian's authorities: neither product looks for the system's by itself. */
const systemAuthorities = "/etc/ssl/certs/ca-certificates.crt";

/**
 * The options that lead a program of that family to the server.
 * @param session further settings of the session, as `SET` takes them; MySQL's dump tool gets them by an argument
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
  const timeouts = ["net_write_timeout", "net_read_timeout"].map((name) => `${name}=${netTimeoutSeconds}`);
  return `host={${host}};init-command={SET SESSION ${[...timeouts, ...session].join(", ")}}`;
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
