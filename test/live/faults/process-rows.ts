import { dumpExitCode } from "../../../contract/exit-code.ts";
import { isOperation, isPutOf } from "../../bed/http-proxy.ts";
import { until } from "../../bed/wait.ts";
import { largeDatabase } from "./mysql-source.ts";
import type { Row } from "./row.ts";
import { childKilled, signalled } from "./while-running.ts";

const { source, terminated } = dumpExitCode;
const engine = "postgresql";

/** What may happen between the programs of a dump, and to the dumper itself. */
export const processRows: readonly Row[] = [
  takesNothing("mysql", "MySQL"),
  takesNothing("mariadb", "MariaDB"),
  {
    name: "pg_dump is killed in front of a compressor, which ends well",
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
  {
    name: "the job's deadline passes midway",
    engine,
    fault: {
      storage: [{ when: isOperation("UploadPart"), times: Infinity, fault: { kind: "slow", bytesPerSecond: 500_000 } }],
      env: () => ({ JOB_DEADLINE_SECONDS: "4" }),
    },
    end: { exitCode: source, message: /the run has lasted 4 s, which is all it may; raise jobs.deadlineSeconds/ },
  },
  {
    name: "SIGKILL comes midway",
    engine,
    fault: signalled("SIGKILL"),
    end: "stored by the next run",
  },
  {
    name: "SIGKILL comes midway into a directory",
    engine,
    sink: "directory",
    fault: signalled("SIGKILL"),
    end: "stored by the next run",
  },
  {
    name: "SIGKILL comes when all but the manifest is stored",
    engine,
    fault: {
      storage: [{ when: isPutOf(".manifest.json"), times: Infinity, fault: { kind: "silence" } }],
      during: async ({ storageRequests }, { pid }) => {
        await until("the manifest to be sent", 60_000, () => storageRequests().some(isPutOf(".manifest.json")));
        process.kill(pid, "SIGKILL");
      },
    },
    end: "stored by the next run",
  },
];

/** The server's net_write_timeout passes meanwhile; its dump tool asks it to wait for a day. */
function takesNothing(server: "mysql" | "mariadb", product: string): Row {
  const large = { MYSQL_DATABASE: largeDatabase };
  return {
    name: `the storage takes nothing for longer than ${product} waits for its client`,
    engine: server,
    env: large,
    fault: {
      storage: [{ when: isOperation("UploadPart"), times: 3, fault: { kind: "delay", delayMs: 8_000 } }],
      // Directly: the proxy in between would take what the dump tool does not.
      env: (scene) => ({ ...scene.server.envAt(scene.server), ...large }),
    },
    end: "stored",
  };
}
