import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { annotationKeys } from "../../contract/annotations.ts";
import { request } from "../../operator/cluster/kube-api.ts";
import { planFromManifests } from "../../operator/plan-manifests.ts";
import { type KubeObject, renderSnapshot } from "../../synth/render.ts";
import type { SnapshotPlan } from "../../contract/plan.ts";
import { type ControlPlane, startControlPlane } from "../bed/cluster.ts";
import { anyAnnotations, anyEngineEnv, anyText, hostileTexts } from "../support/hostile.ts";
import { entriesOf } from "../support/kubelet.ts";
import { planConfig } from "../support/plan-config.ts";
import { databaseObjects, type WorkloadOptions } from "../support/workloads.ts";

/** How many workloads the API server is asked about at a time. */
const atOnce = 20;

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
  const cases = annotationKeys.flatMap((key) => hostileTexts.map((text) => ({ [key]: text })));
  let applied = 0;
  for (const annotations of cases) applied += await applyAll(plansOf({ annotations }));

  expect(applied).toBeGreaterThan(hostileTexts.length); // `database` alone takes nearly everything
}, 120_000);

test("no combination of annotations throws or makes an object that the API server refuses", async () => {
  // A Secret has room for a mebibyte: what is longer than these values comes from no annotation.
  const cases = fc.tuple(
    anyAnnotations(),
    anyText().map((text) => text.slice(0, 100_000)),
  );
  const sample = fc.sample(cases, process.env["SLOW"] === "1" ? 10_000 : 200);
  let applied = 0;
  for (let start = 0; start < sample.length; start += atOnce) {
    const chunk = sample.slice(start, start + atOnce);
    const counts = await Promise.all(
      chunk.map(([annotations, value]) => applyAll(plansOf({ annotations, container: { env: anyEngineEnv(value) } }))),
    );
    applied += counts.reduce((sum, count) => sum + count, 0);
  }

  expect(applied).toBeGreaterThan(sample.length / 10);
}, 3_600_000);

function plansOf(options: WorkloadOptions): readonly SnapshotPlan[] {
  const file = { name: "hostile", text: JSON.stringify({ kind: "List", items: databaseObjects("web", options) }) };
  return planFromManifests([file], planConfig()).plans;
}

const tried = new Set<string>();

/** How many objects were applied, as a dry run; the same object once. */
async function applyAll(plans: readonly SnapshotPlan[]): Promise<number> {
  const objects = plans
    .map(renderSnapshot)
    .flatMap(({ cronJob, secret }) => (secret === null ? [cronJob] : [cronJob, secret]));
  const fresh = objects.filter((object) => !tried.has(JSON.stringify(object)));
  for (const object of fresh) tried.add(JSON.stringify(object));
  await Promise.all(fresh.map(dryRun));
  return objects.length;
}

async function dryRun(object: KubeObject): Promise<void> {
  const { kind, metadata } = object;
  const collection =
    kind === "CronJob" ? "/apis/batch/v1/namespaces/ksnapshot/cronjobs" : "/api/v1/namespaces/ksnapshot/secrets";
  const path = `${collection}/${metadata.name}?fieldManager=test&dryRun=All&fieldValidation=Strict`;
  await request(kubeConfig, { method: "PATCH", path, body: { type: "application/apply-patch+yaml", content: object } });
  // The kubelet turns `$$` into `$` and expands what is left; nothing may be left.
  if (kind !== "CronJob") return;
  for (const { value = "" } of entriesOf(object)) expect(value.replaceAll("$$", "")).not.toContain("$(");
}
