import { dumpExitCode } from "../../../contract/exit-code.ts";
import { isOperation } from "../../bed/http-proxy.ts";
import { until } from "../../bed/wait.ts";
import { largeDatabase } from "./mysql-source.ts";
import type { Row } from "./row.ts";
import { childKilled, signalled } from "./while-running.ts";

const { source, terminated } = dumpExitCode;
const engine = "postgresql";
/** Sweeps what a run has left as soon as a second has passed. */
const sweeping = { JOB_DEADLINE_SECONDS: "1" };

/** Longer than the servers wait for a client that takes nothing (`net_write_timeout`). */
const slowRow = (product: string, of: Row["engine"]): Row => ({
  name: `the storage takes nothing for longer than ${product} waits for its client`,
  engine: of,
  env: { MYSQL_DATABASE: largeDatabase },
  fault: {
    storage: [{ when: isOperation("UploadPart"), times: 3, fault: { kind: "delay", delayMs: 5_000 } }],
  },
  end: "stored",
});

/** What may happen between the programs of a dump, and to the dumper itself. */
export const processRows: readonly Row[] = [
  slowRow("MySQL", "mysql"),
  slowRow("MariaDB", "mariadb"),
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
    name: "SIGKILL comes midway",
    engine,
    env: sweeping,
    fault: signalled("SIGKILL"),
    end: "stored by the next run",
  },
  {
    name: "SIGKILL comes midway into a directory",
    engine,
    sink: "directory",
    env: sweeping,
    fault: signalled("SIGKILL"),
    end: "stored by the next run",
  },
  {
    name: "SIGKILL comes when all but the manifest is stored",
    engine,
    env: sweeping,
    fault: {
      storage: [{ when: isOperation("PutObject"), times: Infinity, fault: { kind: "silence" } }],
      during: async ({ storageRequests }, { pid }) => {
        await until("the manifest to be sent", 60_000, () => storageRequests().some(isOperation("PutObject")));
        process.kill(pid, "SIGKILL");
      },
    },
    end: "stored by the next run",
  },
];
