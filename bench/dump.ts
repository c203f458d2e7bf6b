import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openS3Client } from "../dumper/sink/s3-client.ts";
import { bundle } from "../scripts/bundle.ts";
import { Secret } from "../contract/secret.ts";
import { ensureDebianPackages } from "../test/bed/apt.ts";
import { run } from "../test/bed/command.ts";
import { startPostgres, type PostgresServer } from "../test/bed/postgres.ts";
import { type PostgresMajor, postgresMajors } from "../test/bed/postgres-server.ts";
import { type S3Server, startVersitygw } from "../test/bed/s3.ts";
import { atLeast, atMost, type Figure, figure, median } from "./figure.ts";
import { measure, type Measurement } from "./measure.ts";

/** Rows of each of the shop's two large tables; a dump of 1.0 GiB. */
const orders = 2_310_000;
const mebibyte = 2 ** 20;

const candidates = ["pg_dump", "pg_dump | igzip -3", "directory", "s3", "pg_dump | gzip, then upload"] as const;
type Candidate = (typeof candidates)[number];

/** PostgreSQL to a directory and to an S3 server on loopback, beside what the same tools do without us. */
export async function benchDump(rounds: number): Promise<readonly Figure[]> {
  await ensureDebianPackages(["isal", "postgresql-client"]);
  const postgres = await startPostgres({ major: await serverMajor(), tls: false, settings: { max_wal_size: "4GB" } });
  const s3 = await startVersitygw();
  const work = await mkdtemp(join(tmpdir(), "ksnapshot-bench-"));
  try {
    await fill(postgres);
    await createBucket(s3);
    const commands = await commandsOf(postgres, s3, work);
    const results: Record<Candidate, Measurement>[] = [];
    for (let round = 1; round <= rounds; round++) {
      process.stderr.write(`bench: round ${round} of ${rounds}\n`);
      results.push(await runRound(commands, work));
    }
    return figuresOf(results);
  } finally {
    await s3.stop();
    await postgres.stop();
    await rm(work, { recursive: true });
  }
}

interface Timed {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

async function runRound(commands: Record<Candidate, Timed>, work: string): Promise<Record<Candidate, Measurement>> {
  const results: Partial<Record<Candidate, Measurement>> = {};
  for (const candidate of candidates) {
    const { command, env } = commands[candidate];
    results[candidate] = await measure(command, env);
    await rm(join(work, "store"), { recursive: true, force: true });
    await rm(join(work, "file.gz"), { force: true });
  }
  return results as Record<Candidate, Measurement>;
}

async function commandsOf(postgres: PostgresServer, s3: S3Server, work: string): Promise<Record<Candidate, Timed>> {
  // What the images hold: one file, which starts in less memory than the sources.
  const paths = await bundle(join(work, "build"));
  const dumper = paths.find((path) => path.endsWith("dumper.js")) ?? "";
  const upload = fileURLToPath(new URL("upload.ts", import.meta.url));
  const file = join(work, "file.gz");
  const libpq = {
    PGHOST: postgres.host,
    PGPORT: String(postgres.port),
    PGUSER: postgres.superuser,
    PGPASSWORD: postgres.password,
    PGDATABASE: "shop",
  };
  const source = {
    POSTGRESQL_HOST: postgres.host,
    POSTGRESQL_PORT: String(postgres.port),
    POSTGRESQL_USERNAME: postgres.superuser,
    POSTGRESQL_PASSWORD: postgres.password,
    POSTGRESQL_DATABASE: "shop",
  };
  const bucket = {
    BACKEND_TYPE: "s3",
    BACKEND_BUCKET: "bench",
    BACKEND_S3_ENDPOINT: s3.endpoint,
    BACKEND_S3_ACCESS_KEY: s3.accessKey,
    BACKEND_S3_SECRET_KEY: s3.secretKey,
  };
  const directory = { BACKEND_TYPE: "directory", BACKEND_PATH: join(work, "store") };
  const shell = (line: string) => ["bash", "-o", "pipefail", "-c", line, "bash", file, process.execPath, upload];
  return {
    pg_dump: { command: shell("pg_dump >/dev/null"), env: libpq },
    "pg_dump | igzip -3": { command: shell('pg_dump | igzip -3 >"$1"'), env: libpq },
    directory: { command: [process.execPath, dumper], env: { ...source, ...directory } },
    s3: { command: [process.execPath, dumper], env: { ...source, ...bucket } },
    "pg_dump | gzip, then upload": {
      command: shell('pg_dump | gzip >"$1" && "$2" "$3" "$1"'),
      env: { ...libpq, ...bucket },
    },
  };
}

function figuresOf(results: readonly Record<Candidate, Measurement>[]): readonly Figure[] {
  const medianOf = (candidate: Candidate, read: (measurement: Measurement) => number) =>
    median(results.map((result) => read(result[candidate])));
  const ratio = (a: Candidate, b: Candidate) =>
    median(results.map((result) => result[a].wallSeconds / result[b].wallSeconds));
  const rss = (candidate: Candidate) => medianOf(candidate, ({ peakRssBytes }) => peakRssBytes) / mebibyte;
  return [
    ...candidates.flatMap((candidate) => [
      figure(
        `${candidate}: wall`,
        medianOf(candidate, ({ wallSeconds }) => wallSeconds),
        "s",
      ),
      figure(
        `${candidate}: CPU of the client's side`,
        medianOf(candidate, ({ cpuSeconds }) => cpuSeconds),
        "s",
      ),
      figure(`${candidate}: disk`, medianOf(candidate, ({ diskBytes }) => diskBytes) / mebibyte, "MiB"),
    ]),
    atMost(1.1, "directory: wall, in those of pg_dump | igzip -3", ratio("directory", "pg_dump | igzip -3"), "ratio"),
    atLeast(
      3.5,
      "s3: times faster than pg_dump | gzip, then upload",
      ratio("pg_dump | gzip, then upload", "s3"),
      "ratio",
    ),
    atMost(150, "directory: peak RSS of the dumper", rss("directory"), "MiB"),
    atMost(150, "s3: peak RSS of the dumper", rss("s3"), "MiB"),
    // Not 0: the names of the pipes are entries of the temporary folder.
    atMost(1, "s3: disk of the dumper and its tools", medianOf("s3", ({ diskBytes }) => diskBytes) / mebibyte, "MiB"),
  ];
}

async function fill(postgres: PostgresServer): Promise<void> {
  const env = { PGPASSWORD: postgres.password };
  const connection = ["-h", postgres.host, "-p", String(postgres.port), "-U", postgres.superuser, "-X", "-q"];
  const options = ["-v", "ON_ERROR_STOP=1", "-v", `orders=${orders}`];
  process.stderr.write("bench: filling the database\n");
  await run("psql", [...connection, ...options, "-d", "postgres", "-c", "CREATE DATABASE shop"], { env });
  const rows = fileURLToPath(new URL("shop.sql", import.meta.url));
  await run("psql", [...connection, ...options, "-d", "shop", "-f", rows], { env });
}

async function createBucket(s3: S3Server): Promise<void> {
  const client = openS3Client({
    kind: "s3",
    bucket: "bench",
    prefix: "",
    region: s3.region,
    endpoint: s3.endpoint,
    forcePathStyle: true,
    keys: { accessKeyId: new Secret(s3.accessKey), secretAccessKey: new Secret(s3.secretKey) },
  });
  await client.send(new CreateBucketCommand({ Bucket: "bench" }));
  client.destroy();
}

/** The newest server of the bed that the installed pg_dump takes. */
async function serverMajor(): Promise<PostgresMajor> {
  const client = Number(/\d+/.exec(await run("pg_dump", ["--version"]))?.[0] ?? 0);
  const major = postgresMajors.findLast((one) => one <= client);
  if (major === undefined) throw new Error(`pg_dump ${client} is older than every server of the bed`);
  return major;
}
