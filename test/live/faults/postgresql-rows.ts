import { dumpExitCode } from "../../../contract/exit-code.ts";
import { until } from "../../bed/wait.ts";
import type { Row } from "./row.ts";
import { childKilled, dumpToolKilledAt, signalled, slowly } from "./while-running.ts";

const { source, terminated } = dumpExitCode;
const engine = "postgresql";
const waiting = `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ksnapshot' AND wait_event_type = 'Lock'`;

/** What may happen to PostgreSQL and to the programs that dump it. */
export const postgresqlRows: readonly Row[] = [
  {
    name: "the password is wrong",
    engine,
    fault: { env: () => ({ POSTGRESQL_PASSWORD: "not the password" }) },
    end: { exitCode: source, message: /password authentication failed.*; correct the user or password/ },
  },
  {
    name: "the database is gone",
    engine,
    fault: { env: () => ({ POSTGRESQL_DATABASE: "gone" }) },
    end: { exitCode: source, message: /database "gone" does not exist.*; correct the name/ },
  },
  {
    name: "a grant is missing",
    engine,
    fault: {
      before: async ({ server }) => {
        await server.execute("CREATE TABLE IF NOT EXISTS secretive (id int)"); // the superuser's own
      },
    },
    end: { exitCode: source, message: /permission denied for table secretive|GRANT SELECT ON TABLE public\.secretive/ },
  },
  {
    name: "a table is dropped after the dump tool has listed it",
    engine,
    fault: {
      before: async ({ server }) => {
        await server.execute(
          "DROP TABLE IF EXISTS secretive; CREATE TABLE doomed (id int); GRANT SELECT ON doomed TO PUBLIC",
        );
      },
      during: async ({ server }) => {
        // The drop is not committed when the dump tool looks, and is when it comes to lock the table.
        const dropping = server.begin("DROP TABLE doomed");
        await until("the dump tool to wait for the lock", 60_000, async () => (await server.execute(waiting)) === "1");
        await dropping.commit();
      },
    },
    end: { exitCode: source, message: /pg_dump exited with 1.*doomed.* does not exist|could not open relation/ },
  },
  {
    name: "the server is killed midway",
    engine,
    breaksServer: true,
    fault: {
      before: slowly,
      during: async ({ server }) => {
        await server.midway();
        server.crash();
      },
    },
    end: { exitCode: source, message: /pg_dump exited with 1.*; look at the database server's log/ },
  },
  {
    name: "the connection is cut midway",
    engine,
    fault: {
      before: ({ connection }) => connection.addToxic({ type: "limit_data", attributes: { bytes: 5_000_000 } }),
    },
    end: { exitCode: source, message: /pg_dump exited with 1.*; look at the database server's log/ },
  },
  {
    name: "the connection is reset midway",
    engine,
    fault: {
      before: slowly,
      during: async ({ server, connection }) => {
        await server.midway();
        await connection.addToxic({ type: "reset_peer", attributes: { timeout: 0 } });
      },
    },
    end: { exitCode: source, message: /pg_dump exited with 1.*; look at the database server's log/ },
  },
  {
    name: "the connection stalls",
    engine,
    fault: {
      env: () => ({ NO_PROGRESS_TIMEOUT_SECONDS: "2" }),
      before: slowly,
      during: async ({ server, connection }) => {
        await server.midway();
        await connection.addToxic({ type: "timeout", attributes: { timeout: 0 } });
      },
    },
    end: { exitCode: source, message: /the database stalled: the dump tool gave no byte for 2 s; check the network/ },
  },
  {
    name: "the server does not take connections",
    engine,
    fault: { before: ({ connection }) => connection.setEnabled(false) },
    end: { exitCode: source, message: /Connection refused.*; check that the database runs/ },
  },
  {
    name: "the dump tool is killed at its start",
    engine,
    fault: dumpToolKilledAt(0),
    end: { exitCode: source, message: /pg_dump was killed by SIGKILL/ },
  },
  {
    name: "the dump tool is killed at its half",
    engine,
    fault: dumpToolKilledAt(0.5),
    end: { exitCode: source, message: /pg_dump was killed by SIGKILL/ },
  },
  {
    name: "the dump tool is killed shortly before its end",
    engine,
    fault: dumpToolKilledAt(0.99),
    end: { exitCode: source, message: /pg_dump was killed by SIGKILL/ },
  },
  {
    name: "the dump tool is killed in front of a compressor, which ends well",
    engine,
    env: { COMPRESSION: "gzip" },
    fault: childKilled("pg_dump"),
    end: { exitCode: source, message: /pg_dump was killed by SIGKILL/ },
  },
  {
    name: "igzip is killed",
    engine,
    env: { COMPRESSION: "gzip" },
    fault: childKilled("igzip"),
    end: { exitCode: source, message: /the compression failed: igzip was killed by SIGKILL/ },
  },
  {
    name: "zstd is killed",
    engine,
    env: { COMPRESSION: "zstd" },
    fault: childKilled("zstd"),
    end: { exitCode: source, message: /the compression failed: zstd was killed by SIGKILL/ },
  },
  {
    name: "SIGTERM comes midway",
    engine,
    fault: signalled("SIGTERM"),
    end: { exitCode: terminated, message: /ended by SIGTERM/ },
  },
];
