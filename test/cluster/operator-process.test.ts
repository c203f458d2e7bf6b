import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { text } from "node:stream/consumers";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type OperatorBed, startOperatorBed } from "../support/operator.ts";
import { databaseObjects, secretObject } from "../support/workloads.ts";

const main = fileURLToPath(new URL("../../operator/main.ts", import.meta.url));
const password = "a password with 'quotes' and $(SHELL)";
let bed: OperatorBed;

beforeAll(async () => {
  bed = await startOperatorBed();
}, 600_000);

afterAll(async () => {
  await bed.cluster.stop();
}, 60_000);

test("applies, tells each change and problem once, never a secret, and ends at SIGTERM with 0", async () => {
  await bed.apply(...databaseObjects("web"), secretObject("web", "shop", { password }));
  await bed.apply(...databaseObjects("broken", { annotations: { schedule: "often" } }));
  const operator = start({
    ...bed.env,
    KUBECONFIG: bed.kubeconfig,
    RECONCILE_INTERVAL_SECONDS: "1",
    LOG_LEVEL: "debug",
  });
  const lines: Record<string, unknown>[] = [];
  let passes = 0;
  for await (const line of createInterface({ input: operator.stderr })) {
    lines.push(JSON.parse(line) as Record<string, unknown>);
    if (lines.at(-1)?.["msg"] === "Pass ended" && ++passes === 3) operator.kill("SIGTERM");
  }

  await ended(operator);

  expect([operator.exitCode, operator.signalCode]).toEqual([0, null]);
  const told = lines.filter(({ level }) => level !== "debug").map(({ msg }) => msg);
  expect(told).toEqual(["Operator started", "Applied Secret", "Applied CronJob", "Problem found", "Operator stopped"]);
  expect(lines.find(({ msg }) => msg === "Problem found")).toMatchObject({
    ...{ level: "error", code: "annotation-invalid", kind: "Deployment", object: "shop/broken" },
    field: "ksnapshot.clickandmortar.fr/schedule",
  });
  const everything = JSON.stringify(lines);
  for (const form of [password, Buffer.from(password).toString("base64"), "correct horse"])
    expect(everything).not.toContain(form);
  const cronJobs = JSON.parse(
    await bed.cluster.kubectl(["-n", "ksnapshot", "get", "cronjobs", "-o", "json"]),
  ) as object;
  expect(JSON.stringify(cronJobs)).not.toContain("a password");
}, 120_000);

test("goes on trying while the API server does not answer, and still ends at SIGTERM with 0", async () => {
  const nowhere = join(bed.cluster.directory, "nowhere.kubeconfig");
  const kubeconfig = readFileSync(bed.kubeconfig, "utf8");
  writeFileSync(nowhere, kubeconfig.replace(bed.cluster.server, "https://127.0.0.1:1"));
  const operator = start({ ...bed.env, KUBECONFIG: nowhere, RECONCILE_INTERVAL_SECONDS: "60" });
  let failures = 0;
  for await (const line of createInterface({ input: operator.stderr })) {
    if (line.includes('"Pass failed"') && ++failures === 2) operator.kill("SIGTERM");
  }

  await ended(operator);

  expect([operator.exitCode, operator.signalCode]).toEqual([0, null]);
}, 60_000);

test("names everything that is wrong with its environment, and exits with 2", async () => {
  const operator = start({
    WATCH_NAMESPACES: " , ",
    RECONCILE_INTERVAL_SECONDS: "61",
    DEFAULT_ENCRYPTION_ENABLED: "yes",
  });

  const log = await text(operator.stderr);
  await ended(operator);

  expect(operator.exitCode).toBe(2);
  const fields = log
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { field: string }).field);
  expect(fields).toEqual(["WATCH_NAMESPACES", "RECONCILE_INTERVAL_SECONDS", "DEFAULT_ENCRYPTION_ENABLED"]);
}, 60_000);

function start(env: Readonly<Record<string, string>>) {
  return spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main], {
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}
