import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dump } from "js-yaml";
import type { EngineKind } from "../contract/engine.ts";
import { bundle } from "../scripts/bundle.ts";
import type { KubeObject } from "../synth/render.ts";
import { secretObject, serviceObject, workloadObject } from "../test/support/workloads.ts";
import { atMost, type Figure, type Figures, figure, median } from "./figure.ts";
import { measure, type Measurement } from "./measure.ts";

const workloads = 1000;
const outputs = ["yaml", "json", "tree"] as const;
type Output = (typeof outputs)[number];

/** 1,000 databases of four engines in as many files, planned and rendered by the command that users have. */
export async function* benchPlan(rounds: number): Figures {
  const work = await mkdtemp(join(tmpdir(), "ksnapshot-bench-"));
  try {
    const manifests = join(work, "manifests");
    await writeManifests(manifests);
    const program = (await bundle(join(work, "build"))).ksnapshot;
    const command = (output: Output) => [process.execPath, program, "plan", "-f", manifests, "-o", output];
    const results: Record<Output, Measurement>[] = [];
    for (let round = 1; round <= rounds; round++) {
      process.stderr.write(`bench: round ${round} of ${rounds}\n`);
      const [yaml, json, tree] = [
        await measure(command("yaml"), {}),
        await measure(command("json"), {}),
        await measure(command("tree"), {}),
      ];
      if (yaml.stdout.match(/^kind: CronJob$/gm)?.length !== workloads)
        throw new Error("not every workload was planned");
      results.push({ yaml, json, tree });
    }
    yield* outputs.flatMap((output) =>
      figuresOf(
        output,
        results.map((result) => result[output]),
      ),
    );
  } finally {
    await rm(work, { recursive: true });
  }
}

function figuresOf(output: Output, runs: readonly Measurement[]): readonly Figure[] {
  const cpu = median(runs.map(({ cpuSeconds }) => cpuSeconds));
  const rss = median(runs.map(({ peakRssBytes }) => peakRssBytes)) / 2 ** 20;
  const name = `plan -o ${output}, ${workloads} workloads`;
  return [
    output === "yaml" ? atMost(2, `${name}: CPU`, cpu, "s") : figure(`${name}: CPU`, cpu, "s"),
    figure(`${name}: peak RSS`, rss, "MiB"),
  ];
}

async function writeManifests(folder: string): Promise<void> {
  await mkdir(folder);
  const kinds: readonly EngineKind[] = ["postgresql", "mysql", "mariadb", "elasticsearch"];
  for (let index = 0; index < workloads; index++) {
    const objects = databaseOf(kinds[index % kinds.length] ?? "postgresql", `database-${index}`);
    await writeFile(join(folder, `${index}.yaml`), objects.map((object) => `---\n${dump(object)}`).join(""));
  }
}

function databaseOf(kind: EngineKind, name: string): readonly KubeObject[] {
  const options = {
    annotations: { type: kind, schedule: "H 3 * * *", timezone: "Europe/Paris" },
    container: containers[kind](name),
  };
  const port = containers[kind](name).ports[0]?.containerPort ?? 0;
  return [
    workloadObject(name, options),
    serviceObject(name, "shop", { ports: [{ name: "db", port, targetPort: port }] }),
    secretObject(name),
  ];
}

const sql = (image: string, containerPort: number, prefix: string) => (secret: string) => ({
  ...{ image, ports: [{ name: "db", containerPort }] },
  env: [
    { name: `${prefix}_USER`, valueFrom: { secretKeyRef: { name: secret, key: "username" } } },
    { name: `${prefix}_PASSWORD`, valueFrom: { secretKeyRef: { name: secret, key: "password" } } },
    { name: prefix === "POSTGRES" ? "POSTGRES_DB" : `${prefix}_DATABASE`, value: "shop" },
  ],
});
const search = (image: string) => (secret: string) => ({
  ...{ image, ports: [{ name: "db", containerPort: 9200 }] },
  env: [
    { name: "xpack.security.enabled", value: "false" },
    { name: "ELASTIC_PASSWORD", valueFrom: { secretKeyRef: { name: secret, key: "password" } } },
  ],
});
const containers = {
  postgresql: sql("postgres:16.4-bookworm", 5432, "POSTGRES"),
  mysql: sql("mysql:8.4.2", 3306, "MYSQL"),
  mariadb: sql("mariadb:11.4", 3306, "MARIADB"),
  elasticsearch: search("docker.elastic.co/elasticsearch/elasticsearch:8.15.0"),
  opensearch: search("opensearchproject/opensearch:2.17.0"),
} as const;
