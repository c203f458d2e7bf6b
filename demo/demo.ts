import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { operatorConfigOf } from "../cli/plan-config.ts";
import { sizeText, tableText } from "../cli/text.ts";
import { sentence } from "../contract/diagnostic.ts";
import { planFromManifests } from "../operator/plan-manifests.ts";
import { postgresqlDumperImage } from "../scripts/image-list.ts";
import { renderSnapshot, type SnapshotObjects } from "../synth/render.ts";
import { asSuperuser, contentsOf, literal, query, runFile, type Session, type TableContents } from "./database.ts";
import { containerEnv, type FinishedJob, pathWith, runJob } from "./local-job.ts";
import { type Postgres, startPostgres } from "./postgres.ts";
import { runProgram, Steps } from "./steps.ts";

const manifest = "examples/postgresql.yaml";
const configFile = "demo/ksnapshot.yaml";
/** What the shop's dump is once compressed, measured: only the bar's length depends on it. */
const expectedBytes = 28_100_000;

/**
 * Runs the demo and gives its closing tables.
 * @param work an empty folder; everything is kept below it
 * @throws {Error} that says which step failed, and why
 */
export async function runDemo(work: string, signal: AbortSignal): Promise<string> {
  const startedAt = performance.now();
  const steps = new Steps(6);
  steps.begin("Plan", `what the operator makes of ${manifest}`);
  await ksnapshot(["plan", "-f", manifest, "--config", configFile], {}, signal);
  const env = containerEnv(await rendered());

  steps.begin("PostgreSQL", "a server of its own, on a free port");
  const postgres = await startPostgres(process.env, work, "demo");
  try {
    const version = await query(asSuperuser(postgres, "postgres"), "SHOW server_version");
    steps.end(`PostgreSQL ${version}, ${postgres.from}, on ${postgres.host}:${postgres.port}`);
    const shop = await fill(postgres, env, steps);

    const entrypoint = postgresqlDumperImage.entrypoint.join(" ");
    steps.begin("Dump", `the CronJob's container, as the kubelet would run it: ${entrypoint}`);
    const job = await runJob(env, { postgres, work, expectedBytes, signal });
    steps.end(`stored in ${job.manifest.seconds.toFixed(1)} s`);

    steps.begin("Verify", "every byte of it");
    const snapshots = join(work, "snapshots");
    await ksnapshot(["verify", job.manifestKey, "--storage", snapshots], {}, signal);

    steps.begin("Restore", "into a second, empty database, in one transaction");
    const copy = { ...shop.session, database: `${shop.session.database}_restored` };
    await createDatabase(copy);
    const to = `postgres://${copy.user}@${postgres.host}:${postgres.port}/${copy.database}`;
    const access = { PATH: pathWith(postgres), PGPASSWORD: copy.password };
    await ksnapshot(["restore", job.manifestKey, "--storage", snapshots, "--to", to], access, signal);
    const restored = await contentsOf(copy);
    if (JSON.stringify(restored) !== JSON.stringify(shop.contents)) throw new Error("the restored tables differ");
    steps.end(`${restored.length} tables equal, row for row`);
    return summary(shop, restored, job, (performance.now() - startedAt) / 1000);
  } finally {
    await postgres.stop();
  }
}

interface Shop {
  readonly session: Session;
  readonly bytes: number;
  readonly contents: readonly TableContents[];
}

/** The database that the plan speaks of, with its user: as the workload's pods would have made it. */
async function fill(postgres: Postgres, env: Readonly<Record<string, string>>, steps: Steps): Promise<Shop> {
  steps.begin("Fill", "a shop's database of about 200 MB, from demo/shop.sql");
  const {
    POSTGRESQL_DATABASE: database = "",
    POSTGRESQL_USERNAME: user = "",
    POSTGRESQL_PASSWORD: password = "",
  } = env;
  const session = { postgres, database, user, password };
  await query(asSuperuser(postgres, "postgres"), `CREATE ROLE "${user}" LOGIN PASSWORD ${literal(password)}`);
  await createDatabase(session);
  await runFile(session, "demo/shop.sql");
  const bytes = Number(await query(session, `SELECT pg_database_size(${literal(database)})`));
  const contents = await contentsOf(session);
  const rows = contents.reduce((sum, table) => sum + table.rows, 0).toLocaleString("en");
  steps.end(`${sizeText(bytes)}, ${contents.length} tables, ${rows} rows`);
  return { session, bytes, contents };
}

async function createDatabase({ postgres, database, user }: Session): Promise<void> {
  await query(asSuperuser(postgres, "postgres"), `CREATE DATABASE "${database}" OWNER "${user}"`);
}

/** What the operator would apply for the example. */
async function rendered(): Promise<SnapshotObjects> {
  const config = operatorConfigOf(await readFile(configFile, "utf8"), configFile);
  if (!config.ok) throw new Error(config.diagnostics.map(sentence).join("\n"));
  const files = [{ name: manifest, text: await readFile(manifest, "utf8") }];
  const { plans, diagnostics } = planFromManifests(files, config.value);
  const [plan] = plans;
  if (plan === undefined) throw new Error(diagnostics.map(sentence).join("\n"));
  return renderSnapshot(plan);
}

/** Runs one of our own commands, as a person would. */
function ksnapshot(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<void> {
  return runProgram(process.execPath, ["cli/main.ts", ...args], { env: { ...process.env, ...env }, signal });
}

function summary(
  { bytes, contents }: Shop,
  restored: readonly TableContents[],
  { manifestKey, manifest: { objects, seconds } }: FinishedJob,
  total: number,
): string {
  const tables = contents.map(({ table, rows, hash }, index) => [
    table,
    rows.toLocaleString("en"),
    hash,
    restored[index]?.hash ?? "",
  ]);
  const snapshots = objects.map(({ name, dumpBytes, bytes: stored }) => [
    `database ${name}`,
    manifestKey,
    sizeText(bytes),
    sizeText(dumpBytes),
    sizeText(stored),
    `${(dumpBytes / stored).toFixed(1)} : 1`,
    seconds.toFixed(1),
  ]);
  return [
    "",
    tableText([["table", "rows", "content hash", "restored"], ...tables]),
    tableText([["what", "where", "size", "dump", "stored", "ratio", "seconds"], ...snapshots]),
    `Done in ${total.toFixed(0)} s, and cleaned up. Next, with a manifest of your own:\n`,
    "  npm run -s ksnapshot -- plan -f my-database.yaml\n",
  ].join("\n");
}
