import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle } from "../scripts/bundle.ts";
import { dumperEnv } from "../scripts/image-list.ts";
import { ensureDebianPackages } from "../test/bed/apt.ts";
import { run } from "../test/bed/command.ts";
import { postgresClients } from "../test/bed/postgres-clients.ts";
import { startPostgres } from "../test/bed/postgres.ts";
import { startVersitygw } from "../test/bed/s3.ts";
import { bucketEnv, createBucket } from "./bucket.ts";
import { atMost, type Figures, figure, median } from "./figure.ts";
import { measure } from "./measure.ts";

const mebibyte = 2 ** 20;
const chunkBytes = 64 * mebibyte;
const sizesGib = [1, 20];

/** The memory of the dumper by the size of the dump, from a pg_dump that writes as much as it is told. */
export async function* benchMemory(rounds: number): Figures {
  await ensureDebianPackages(["isal"]);
  const postgres = await startPostgres({ major: 18, tls: false });
  const s3 = await startVersitygw();
  const work = await mkdtemp(join(tmpdir(), "ksnapshot-bench-"));
  try {
    await createBucket(s3);
    const clients = await postgresClients();
    await writeSyntheticPgDump(join(work, "bin"), clients);
    const { dumper } = await bundle(join(work, "build"));
    const env = {
      ...dumperEnv,
      ...bucketEnv(s3),
      // So few that the 20 GiB reach the second rung, whose parts a dump of up to 100 GiB has with the usual 10,000.
      BACKEND_S3_MAX_PARTS: "2000",
      PATH: `${join(work, "bin")}:${clients}:${process.env["PATH"] ?? ""}`,
      POSTGRESQL_HOST: postgres.host,
      POSTGRESQL_PORT: String(postgres.port),
      POSTGRESQL_USERNAME: postgres.superuser,
      POSTGRESQL_PASSWORD: postgres.password,
    };
    for (const gib of sizesGib) {
      // The size travels as the database's name: nothing else of our environment reaches the tool.
      const database = `chunks_${(gib * 2 ** 30) / chunkBytes}`;
      const libpq = { PGHOST: postgres.host, PGPORT: String(postgres.port), PGPASSWORD: postgres.password };
      await run(join(clients, "psql"), ["-U", postgres.superuser, "-c", `CREATE DATABASE ${database}`], { env: libpq });
      process.stderr.write(`bench: a dump of ${gib} GiB\n`);
      const measured = [];
      for (let round = 1; round <= rounds; round++) {
        measured.push(await measure([process.execPath, dumper], { ...env, POSTGRESQL_DATABASE: database }));
      }
      const rss = median(measured.map(({ peakRssBytes }) => peakRssBytes)) / mebibyte;
      const seconds = median(measured.map(({ wallSeconds }) => wallSeconds));
      yield figure(`${gib} GiB: wall`, seconds, "s");
      yield atMost(150, `${gib} GiB: peak RSS`, rss, "MiB");
    }
  } finally {
    await s3.stop();
    await postgres.stop();
    await rm(work, { recursive: true });
  }
}

/** Rows that compress to a third or so, as real ones do, between the head and the end mark of a real dump. */
async function writeSyntheticPgDump(directory: string, clients: string): Promise<void> {
  await mkdir(directory);
  const row = () => `${randomBytes(16).toString("hex")}\tshipped\t{"carrier": "river", "note": "stone tidal upper"}\n`;
  const rows = Array.from({ length: 8192 }, row).join("");
  const chunk = rows.repeat(Math.ceil(chunkBytes / rows.length)).slice(0, chunkBytes - 1) + "\n";
  await writeFile(join(directory, "chunk"), chunk);
  const script = `#!/bin/sh
case "$*" in *--version*) exec '${clients}/pg_dump' --version ;; esac
chunks=$(printf '%s' "$*" | sed "s/.*chunks_\\([0-9]*\\).*/\\1/")
printf '%s\\n' '--' '-- PostgreSQL database dump' '--' '' '-- Dumped from database version 18.0' '-- Dumped by pg_dump version 18.0' ''
while [ "$chunks" -gt 0 ]; do cat '${directory}/chunk'; chunks=$((chunks - 1)); done
printf '%s\\n' '' '--' '-- PostgreSQL database dump complete' '--' ''
`;
  await writeFile(join(directory, "pg_dump"), script, { mode: 0o755 });
}
