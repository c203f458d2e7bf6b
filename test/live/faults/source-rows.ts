import { dumpExitCode } from "../../../contract/exit-code.ts";
import type { Row } from "./row.ts";
import { dumpToolKilledAt, slowly } from "./while-running.ts";

const { source } = dumpExitCode;

/** What an engine's programs say to a fault, each with what our message adds to it. */
interface Words {
  readonly product: string;
  /** How its environment variables begin. */
  readonly prefix: string;
  readonly dumpTool: string;
  readonly wrongPassword: RegExp;
  readonly noDatabase: RegExp;
  readonly noGrant: RegExp;
  readonly droppedTable: RegExp;
  readonly refusedConnection: RegExp;
  readonly endedConnection: RegExp;
}

const wordsOf: Readonly<Record<Row["engine"], Words>> = {
  postgresql: {
    product: "PostgreSQL",
    prefix: "POSTGRESQL",
    dumpTool: "pg_dump",
    wrongPassword: /password authentication failed.*; correct the user or password/,
    noDatabase: /database "gone" does not exist.*; correct the name/,
    noGrant: /permission denied for |GRANT SELECT ON TABLE public\.bulk TO stranger;/,
    droppedTable: /pg_dump exited with 1.*"public\.doomed" does not exist/,
    refusedConnection: /Connection refused.*; check that the database runs/,
    endedConnection: /pg_dump exited with 1.*; look at the database server's log/,
  },
  mysql: {
    product: "MySQL",
    prefix: "MYSQL",
    dumpTool: "mysqldump",
    wrongPassword: /Access denied for user.*; correct the user or password/,
    noDatabase: /there is no database "gone".*; correct the name/,
    noGrant: /GRANT TRIGGER, EVENT ON `shop`\.\* TO 'stranger'@'%';/,
    droppedTable: /mysqldump exited with \d.*doomed.* doesn't exist.*; a table was dropped/,
    refusedConnection: /Can't connect.*; check that the database runs/,
    endedConnection: /mysqldump exited with \d.*; look at the database server's log/,
  },
  mariadb: {
    product: "MariaDB",
    prefix: "MYSQL",
    dumpTool: "mariadb-dump",
    wrongPassword: /Access denied for user.*; correct the user or password/,
    noDatabase: /there is no database "gone".*; correct the name/,
    noGrant: /GRANT TRIGGER, EVENT ON `shop`\.\* TO 'stranger'@'%';/,
    droppedTable: /mariadb-dump exited with \d.*doomed.* doesn't exist.*; a table was dropped/,
    refusedConnection: /Can't connect.*; check that the database runs/,
    endedConnection: /mariadb-dump exited with \d.*; look at the database server's log/,
  },
};

/** What may happen to a server, to the connection with it, and to the program that dumps it. */
export const sourceRows: readonly Row[] = [
  ...rowsOf("postgresql"),
  ...rowsOf("mysql"),
  // The rest is told by the same client library and the same code of ours.
  ...rowsOf("mariadb").filter(({ name }) => /half|cut|drops|not read all/.test(name)),
];

function rowsOf(engine: Row["engine"]): readonly Row[] {
  const words = wordsOf[engine];
  const { product, prefix, dumpTool } = words;
  const killed = new RegExp(`${dumpTool} was killed by SIGKILL`);
  const failed = (message: RegExp) => ({ exitCode: source, message });
  return [
    {
      name: `${product} does not know the password`,
      engine,
      fault: { env: () => ({ [`${prefix}_PASSWORD`]: "not the password" }) },
      end: failed(words.wrongPassword),
    },
    {
      name: `${product} has no such database`,
      engine,
      fault: { env: () => ({ [`${prefix}_DATABASE`]: "gone" }) },
      end: failed(words.noDatabase),
    },
    {
      name: `${product} lets the user sign in and not read all`,
      engine,
      fault: {
        env: ({ server: { stranger } }) => ({
          [`${prefix}_USERNAME`]: stranger.name,
          [`${prefix}_PASSWORD`]: stranger.password,
        }),
      },
      end: failed(words.noGrant),
    },
    {
      name: `${product} drops a table that ${dumpTool} has listed`,
      engine,
      fault: {
        before: async (scene) => {
          await scene.server.addTable();
          await slowly(scene);
        },
        during: ({ server }) => server.dropTableMidway(),
      },
      end: failed(words.droppedTable),
    },
    {
      name: `${product} is killed midway`,
      engine,
      breaksServer: true,
      fault: {
        before: slowly,
        during: async ({ server }) => {
          await server.midway();
          server.crash();
        },
      },
      end: failed(words.endedConnection),
    },
    {
      name: `the connection with ${product} is cut midway`,
      engine,
      fault: {
        before: ({ connection }) => connection.addToxic({ type: "limit_data", attributes: { bytes: 5_000_000 } }),
      },
      end: failed(words.endedConnection),
    },
    {
      name: `the connection with ${product} is reset midway`,
      engine,
      fault: {
        before: slowly,
        during: async ({ server, connection }) => {
          await server.midway();
          await connection.addToxic({ type: "reset_peer", attributes: { timeout: 0 } });
        },
      },
      end: failed(words.endedConnection),
    },
    {
      name: `the connection with ${product} stalls`,
      engine,
      fault: {
        env: () => ({ NO_PROGRESS_TIMEOUT_SECONDS: "6" }),
        before: slowly,
        during: async ({ server, connection }) => {
          await server.midway();
          await connection.addToxic({ type: "timeout", attributes: { timeout: 0 } });
        },
      },
      end: failed(/the database stalled: the dump tool gave no byte for 6 s; check the network/),
    },
    {
      name: `${product} takes no connections`,
      engine,
      fault: { before: ({ connection }) => connection.setEnabled(false) },
      end: failed(words.refusedConnection),
    },
    { name: `${dumpTool} is killed at its start`, engine, fault: dumpToolKilledAt(0), end: failed(killed) },
    { name: `${dumpTool} is killed at its half`, engine, fault: dumpToolKilledAt(0.5), end: failed(killed) },
    {
      name: `${dumpTool} is killed shortly before its end`,
      engine,
      fault: dumpToolKilledAt(0.99),
      end: failed(killed),
    },
  ];
}
