import { randomInt } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle } from "../scripts/bundle.ts";
import { dumperEnv } from "../scripts/image-list.ts";
import { ensureDebianPackages } from "../test/bed/apt.ts";
import { elasticdump } from "../test/bed/search-elasticdump.ts";
import { type SearchServer, startSearch } from "../test/bed/search.ts";
import { atLeast, atMost, type Figure, type Figures, figure, median } from "./figure.ts";
import { measure, type Measurement } from "./measure.ts";

const mebibyte = 2 ** 20;
const bulkBytes = 5e6;

interface Documents {
  readonly count: number;
  readonly bytes: number;
}
const small: Documents = { count: 200_000, bytes: 1e3 };
const large: Documents = { count: 1_000, bytes: 1e6 };

const candidates = ["ksnapshot", "elasticdump"] as const;
type Candidate = (typeof candidates)[number];

/**
 * An index of documents of 1 KB to a directory, and by elasticdump to a file; both through gzip. Then one of documents of 1 MB, for the
 * memory that its pages take.
 */
export async function* benchElasticsearch(rounds: number): Figures {
  await ensureDebianPackages(["isal"]);
  const server = await startSearch({ product: "elasticsearch", version: "9" }, { heapMebibytes: 1024 });
  const work = await mkdtemp(join(tmpdir(), "ksnapshot-bench-"));
  try {
    await fill(server, small);
    const commands = await commandsOf(server, work);
    await runRound(commands, work); // not counted: the server compiles itself while it first works
    const results: Record<Candidate, Measurement>[] = [];
    for (let round = 1; round <= rounds; round++) {
      process.stderr.write(`bench: round ${round} of ${rounds}\n`);
      results.push(await runRound(commands, work));
    }
    yield* figuresOf(results);
    await send(server, "DELETE", "/bench", "");
    await fill(server, large);
    const { command, env } = commands.ksnapshot;
    const { peakRssBytes } = await measure(command, env);
    yield atMost(150, "ksnapshot: peak RSS, 1,000 documents of 1 MB", peakRssBytes / mebibyte, "MiB");
  } finally {
    await server.stop();
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
    await rm(join(work, "data.jsonl.gz"), { force: true });
  }
  return results as Record<Candidate, Measurement>;
}

async function commandsOf(server: SearchServer, work: string): Promise<Record<Candidate, Timed>> {
  // What the images hold: one file, which starts in less memory than the sources.
  const { dumper } = await bundle(join(work, "build"));
  const env = {
    ...dumperEnv,
    KSNAPSHOT_ENGINE: "elasticsearch",
    ELASTICSEARCH_HOST: server.host,
    ELASTICSEARCH_PORT: String(server.port),
    BACKEND_TYPE: "directory",
    BACKEND_PATH: join(work, "store"),
  };
  const options = [`--input=${server.url}/bench`, `--output=${join(work, "data.jsonl.gz")}`, "--type=data"];
  return {
    ksnapshot: { command: [process.execPath, dumper], env },
    elasticdump: {
      command: [process.execPath, await elasticdump(), ...options, "--quiet", "--fsCompress", "--limit=1000"],
      env: {},
    },
  };
}

function figuresOf(results: readonly Record<Candidate, Measurement>[]): readonly Figure[] {
  const medianOf = (candidate: Candidate, read: (measurement: Measurement) => number) =>
    median(results.map((result) => read(result[candidate])));
  const rss = (candidate: Candidate) => medianOf(candidate, ({ peakRssBytes }) => peakRssBytes) / mebibyte;
  const speedUp = median(results.map(({ ksnapshot, elasticdump: other }) => other.wallSeconds / ksnapshot.wallSeconds));
  return [
    ...candidates.flatMap((candidate) => [
      figure(
        `${candidate}: wall`,
        medianOf(candidate, ({ wallSeconds }) => wallSeconds),
        "s",
      ),
      figure(
        `${candidate}: documents`,
        medianOf(candidate, ({ wallSeconds }) => small.count / wallSeconds),
        "1/s",
      ),
      figure(
        `${candidate}: CPU of the client's side`,
        medianOf(candidate, ({ cpuSeconds }) => cpuSeconds),
        "s",
      ),
    ]),
    atLeast(5, "ksnapshot: times faster than elasticdump --fsCompress --limit=1000", speedUp, "ratio"),
    atMost(150, "ksnapshot: peak RSS", rss("ksnapshot"), "MiB"),
    figure("elasticdump: peak RSS", rss("elasticdump"), "MiB"),
  ];
}

/** Documents of words that compress about as text does. */
async function fill(server: SearchServer, { count, bytes }: Documents): Promise<void> {
  process.stderr.write(`bench: filling the index with ${count} documents\n`);
  const settings = { number_of_shards: 2, number_of_replicas: 0, refresh_interval: "-1" };
  const mappings = { properties: { body: { type: "text", index: false }, title: { type: "keyword" } } };
  await send(server, "PUT", "/bench", JSON.stringify({ settings, mappings }));
  const words = Array.from({ length: 3_000 }, () => randomInt(2 ** 28).toString(16));
  const text = () => Array.from({ length: bytes * wordsPerByte }, () => words[randomInt(words.length)]).join(" ");
  const atOnce = bulkBytes / bytes;
  for (let start = 0; start < count; start += atOnce) {
    const lines = Array.from({ length: atOnce }, (_, index) => {
      const id = start + index;
      const document = { title: `title ${id}`, n: id, body: text(), tags: ["a", "b"], nested: { x: 1.5, ok: true } };
      return `{"index":{"_id":"${id}"}}\n${JSON.stringify(document)}\n`;
    });
    await send(server, "POST", "/bench/_bulk", lines.join(""));
  }
  await send(server, "POST", "/bench/_forcemerge?max_num_segments=4&flush=true", "");
  await send(server, "POST", "/bench/_refresh", "");
}

/** 108 words fill up a document of 1 KB that has its other fields beside them. */
const wordsPerByte = 0.108;

async function send(server: SearchServer, method: string, path: string, body: string): Promise<void> {
  const headers = { "content-type": path.endsWith("_bulk") ? "application/x-ndjson" : "application/json" };
  const answer = await fetch(server.url + path, { method, headers, ...(body === "" ? {} : { body }) });
  const text = await answer.text();
  if (!answer.ok || text.includes('"errors":true')) throw new Error(`${method} ${path}: ${text.slice(0, 500)}`);
}
