import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureDebianPackages } from "../test/bed/apt.ts";
import { run } from "../test/bed/command.ts";
import { startVersitygw } from "../test/bed/s3.ts";
import { createBucket } from "./bucket.ts";
import { type Candidate, candidates, candidatesOf, type Timed } from "./dump-candidates.ts";
import type { DumpEngine } from "./dump-engine.ts";
import { atLeast, atMost, type Figure, type Figures, figure, median } from "./figure.ts";
import { measure, type Measurement } from "./measure.ts";
import { startMysqlEngine } from "./mysql.ts";
import { startPostgresqlEngine } from "./postgresql.ts";

const mebibyte = 2 ** 20;
const gibibyte = 2 ** 30;

const engines: readonly (() => Promise<DumpEngine>)[] = [startPostgresqlEngine, startMysqlEngine];

/** Each engine to a directory and to an S3 server on loopback, beside what the same tools do without us. */
export async function* benchDump(rounds: number): Figures {
  await ensureDebianPackages(["isal", "restic"]);
  for (const start of engines) yield* await benchEngine(start, rounds);
}

async function benchEngine(start: () => Promise<DumpEngine>, rounds: number): Promise<readonly Figure[]> {
  process.stderr.write("bench: filling the database\n");
  const engine = await start();
  const s3 = await startVersitygw();
  const work = await mkdtemp(join(tmpdir(), "ksnapshot-bench-"));
  try {
    await createBucket(s3);
    const commands = await candidatesOf(engine, s3, work);
    const bytes = Number(await run("bash", ["-c", `${engine.tool} | wc -c`], { env: engine.toolEnv }));
    const results: Record<Candidate, Measurement>[] = [];
    for (let round = 1; round <= rounds; round++) {
      process.stderr.write(`bench: ${engine.name}, round ${round} of ${rounds}\n`);
      results.push(await runRound(commands, work));
    }
    return figuresOf(results, engine.name, bytes);
  } finally {
    await s3.stop();
    await engine.stop();
    await rm(work, { recursive: true });
  }
}

async function runRound(commands: Record<Candidate, Timed>, work: string): Promise<Record<Candidate, Measurement>> {
  const results: Partial<Record<Candidate, Measurement>> = {};
  for (const candidate of candidates) {
    const { before, command, env } = commands[candidate];
    const [file, ...args] = before ?? [];
    if (file !== undefined) await run(file, args, { env });
    results[candidate] = await measure(command, env);
    for (const name of ["store", "file.gz", "file.gz.age"])
      await rm(join(work, name), { recursive: true, force: true });
  }
  return results as Record<Candidate, Measurement>;
}

function figuresOf(
  results: readonly Record<Candidate, Measurement>[],
  engine: string,
  dumpBytes: number,
): readonly Figure[] {
  const medianOf = (candidate: Candidate, read: (measurement: Measurement) => number) =>
    median(results.map((result) => read(result[candidate])));
  const ratio = (a: Candidate, b: Candidate) =>
    median(results.map((result) => result[a].wallSeconds / result[b].wallSeconds));
  const rss = (candidate: Candidate) => medianOf(candidate, ({ peakRssBytes }) => peakRssBytes) / mebibyte;
  const disk = (candidate: Candidate) => medianOf(candidate, ({ diskBytes }) => diskBytes) / mebibyte;
  const named = candidates.flatMap((candidate) => {
    const seconds = medianOf(candidate, ({ wallSeconds }) => wallSeconds);
    const cpuSeconds = medianOf(candidate, (one) => one.cpuSeconds);
    return [
      figure(`${candidate}: wall`, seconds, "s"),
      figure(`${candidate}: throughput`, dumpBytes / mebibyte / seconds, "MiB/s"),
      figure(`${candidate}: CPU of the client's side`, (cpuSeconds / dumpBytes) * gibibyte, "s/GiB"),
      figure(`${candidate}: peak RSS of the largest process`, rss(candidate), "MiB"),
      figure(`${candidate}: disk`, disk(candidate), "MiB"),
    ];
  });
  const held = [
    atMost(1.1, "directory: wall, in those of tool | igzip", ratio("directory", "tool | igzip"), "ratio"),
    atMost(1.4, "s3: wall, in those of tool | igzip", ratio("s3", "tool | igzip"), "ratio"),
    atLeast(3.5, "s3, encrypted: times faster than original", ratio("original", "s3, encrypted"), "ratio"),
    atMost(1, "s3: wall, in those of restic", ratio("s3", "restic"), "ratio"),
    atMost(rss("restic"), "s3: peak RSS, at most restic's", rss("s3"), "MiB"),
    atMost(150, "directory: peak RSS of the dumper", rss("directory"), "MiB"),
    atMost(150, "s3: peak RSS of the dumper", rss("s3"), "MiB"),
    // Not 0: the names of the pipes are entries of the temporary folder.
    atMost(1, "s3: disk of the dumper and its tools", disk("s3"), "MiB"),
  ];
  return [figure("dump", dumpBytes / gibibyte, "GiB"), ...named, ...held].map((one) => ({
    ...one,
    metric: `${engine}: ${one.metric}`,
  }));
}
