import type { Secret } from "../../contract/secret.ts";
import type { RunFailed } from "../failure.ts";
import type { Exit } from "../process/child.ts";
import { programFailed, type Remedies } from "../remedies.ts";
import { withoutSqlstates } from "./sqlstate.ts";

/** What libpq, pg_dump and psql say. Only psql tells the SQLSTATE, which is the same in every language of a server. */
const remedies: Remedies = [
  [
    /: {2}28P01: |password authentication failed|no password supplied/,
    "correct the user or password that the workload's pods have",
  ],
  [/: {2}3D000: |database ".*" does not exist/s, "correct the name of the database"],
  [/server version mismatch/, "use a dumper image whose pg_dump is not older than the server (annotation version)"],
  [/unrecognized option|invalid option/, "take the option out of PG_DUMP_OPTIONS: this pg_dump does not know it"],
  [
    /max_locks_per_transaction/,
    "raise max_locks_per_transaction in the server and restart it: pg_dump locks every table until it has ended",
  ],
  [
    /unsupported startup parameter/,
    "connect to the server itself: a connection pooler does not take the time limits off that are set for the role or database",
  ],
  [
    /: {2}53300: |too many clients|too many connections|remaining connection slots/,
    "raise max_connections, or the limit of the user or database, or let the dump run when fewer sessions are open",
  ],
  [/: {2}55P03: /, "let the dump run when nobody holds a lock on it for so long"],
  [/: {2}57014: /, "look at the database server's log for who cancelled the query, or which time limit did"],
  [
    /: {2}42501: |permission denied|must be owner/,
    "grant it to the user; ksnapshot dump --check lists every missing grant",
  ],
  [/row-level security/, "let the user bypass row-level security: ALTER ROLE … BYPASSRLS"],
  [
    /could not translate host name|Connection refused|timeout expired|No route to host/,
    "check that the database runs and that the network lets this pod reach it",
  ],
  [/could not be started/, "install PostgreSQL's client programs, not older than the server"],
  [
    /server closed the connection|terminating connection|connection to server was lost|SSL SYSCALL|unexpected eof/,
    "look at the database server's log for what ended the connection",
  ],
  [
    /conflict with recovery/,
    "let the standby wait for its readers: hot_standby_feedback = on, and max_standby_streaming_delay as long as a dump takes",
  ],
  [/SSL|certificate/, "check POSTGRESQL_SSLMODE and POSTGRESQL_CA_FILE"],
];

/** The failure of pg_dump or psql, without the password, and with what to do. */
export function libpqFailed(exit: Exit, password: Secret | null): RunFailed {
  return programFailed(exit, {
    password,
    remedies,
    otherwise: "look at the database server's log",
    shown: withoutSqlstates,
  });
}
