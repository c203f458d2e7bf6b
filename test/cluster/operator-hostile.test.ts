import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { annotationKeys } from "../../contract/annotations.ts";
import { request } from "../../operator/cluster/kube-api.ts";
import { planFromManifests } from "../../operator/plan-manifests.ts";
import { type KubeObject, renderSnapshot } from "../../synth/render.ts";
import type { SnapshotPlan } from "../../contract/plan.ts";
import { type ControlPlane, startControlPlane } from "../bed/cluster.ts";
import { planConfig } from "../support/plan-config.ts";
import { databaseObjects, type WorkloadOptions } from "../support/workloads.ts";

const jobVariables = ["BACKEND_S3_SECRET_KEY", "BACKEND_S3_ACCESS_KEY", "POSTGRESQL_PASSWORD", "HOSTNAME", "PATH"];
const hostile = [
  ...jobVariables.flatMap((name) => [`$(${name})`, `$$(${name})`, `$(${name}`, `\${${name}}`]),
  ...[
    "host=127.0.0.1 port=1",
    "postgresql://127.0.0.1:1/x",
    "--help",
    "-f/tmp/x",
    "../../x",
    "a,b",
    "\n",
    "\0",
    " ",
    "",
  ],
  ...[
    "{{ .Values.x }}",
    "'",
    '"',
    "\\",
    "é",
    "\u{1F4A5}",
    "\uD800",
    "a".repeat(5000),
    "*",
    "null",
    "~",
    "0",
    "-1",
    "1e9",
  ],
];
const valid: Readonly<Record<string, readonly string[]>> = {
  enabled: ["true"],
  type: ["postgresql", "mysql", "elasticsearch"],
  schedule: ["@daily", "H H * * *", "*/5 1-3 ? jan,feb MON"],
  timezone: ["Europe/Paris", "Etc/GMT+12"],
  version: ["16", "8", "8.4"],
  service: ["web"],
  port: ["5432"],
  container: ["postgres"],
  "elasticsearch-limit": ["1", "10000"],
  "encryption-enabled": ["true", "false"],
  "encryption-recipient": ["age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"],
  compression: ["zstd"],
};

let cluster: ControlPlane;
let kubeConfig: KubeConfig;

beforeAll(async () => {
  cluster = await startControlPlane();
  await cluster.kubectl(["create", "namespace", "ksnapshot"]);
  kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(cluster.kubeconfig);
}, 600_000);

afterAll(async () => {
  await cluster.stop();
}, 60_000);

test("no hostile annotation throws, or makes an object that the API server refuses, or leaves a variable to expand", async () => {
  const cases = annotationKeys.flatMap((key) => hostile.map((text) => ({ [key]: text })));
  let applied = 0;
  for (const annotations of cases) applied += await applyAll(plansOf({ annotations }));

  expect(applied).toBeGreaterThan(hostile.length); // `database` alone takes nearly everything
}, 120_000);

test("no combination of annotations throws or makes an object that the API server refuses", async () => {
  const text = (key: string) =>
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...(valid[key] ?? ["shop"])) },
      { weight: 1, arbitrary: fc.oneof(fc.constantFrom(...hostile), fc.string({ unit: "binary" })) },
    );
  const annotations = fc.record(Object.fromEntries(annotationKeys.map((key) => [key, text(key)])), {
    requiredKeys: ["enabled"],
  });
  const database = fc.oneof(fc.constantFrom(...hostile), fc.string({ unit: "grapheme" }));
  let applied = 0;

  await fc.assert(
    fc.asyncProperty(annotations, database, async (said, value) => {
      const env = ["POSTGRES_PASSWORD", "MYSQL_USER", "MYSQL_PASSWORD", "POSTGRES_DB"].map((name) => ({ name, value }));
      applied += await applyAll(
        plansOf({ annotations: { type: "postgresql", schedule: "@daily", ...said }, container: { env } }),
      );
    }),
    { numRuns: process.env["SLOW"] === "1" ? 2000 : 150 },
  );

  expect(applied).toBeGreaterThan(10);
}, 600_000);

function plansOf(options: WorkloadOptions): readonly SnapshotPlan[] {
  const file = { name: "hostile", text: JSON.stringify({ kind: "List", items: databaseObjects("web", options) }) };
  return planFromManifests([file], planConfig()).plans;
}

/** How many objects were applied, as a dry run. */
async function applyAll(plans: readonly SnapshotPlan[]): Promise<number> {
  const objects = plans
    .map(renderSnapshot)
    .flatMap(({ cronJob, secret }) => (secret === null ? [cronJob] : [cronJob, secret]));
  await Promise.all(objects.map(dryRun));
  return objects.length;
}

async function dryRun(object: KubeObject): Promise<void> {
  const { kind, metadata } = object;
  const collection =
    kind === "CronJob" ? "/apis/batch/v1/namespaces/ksnapshot/cronjobs" : "/api/v1/namespaces/ksnapshot/secrets";
  const path = `${collection}/${metadata.name}?fieldManager=test&dryRun=All&fieldValidation=Strict`;
  await request(kubeConfig, { method: "PATCH", path, body: { type: "application/apply-patch+yaml", content: object } });
  // The kubelet turns `$$` into `$` and expands what is left; nothing may be left.
  const literals = [...JSON.stringify(object["spec"] ?? {}).matchAll(/"value":"((?:[^"\\]|\\.)*)"/g)];
  for (const [, value = ""] of literals) expect(value.replaceAll("$$", "")).not.toContain("$(");
}
