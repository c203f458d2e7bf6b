import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { KubeConfig } from "@kubernetes/client-node";
import { ApiFailed } from "../../operator/cluster/cluster.ts";
import { request } from "../../operator/cluster/kube-api.ts";
import { renderSnapshot } from "../../synth/render.ts";
import { type ControlPlane, startControlPlane } from "../bed/cluster.ts";
import { snapshotPlan } from "../support/snapshot-plan.ts";
import { readVerdicts, type Verdict, writeVerdicts } from "../support/verdicts.ts";

/** UPDATE_GOLDEN=1 writes the verdicts of the running API server into the tables instead. */
const isUpdate = process.env["UPDATE_GOLDEN"] === "1";

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

test.each([
  ["schedules.tsv", (text: string) => ({ schedule: text, timeZone: "Etc/UTC" })],
  ["time-zones.tsv", (text: string) => ({ schedule: "0 3 * * *", timeZone: text })],
])(
  "test/vectors/%s holds the verdicts of the API server",
  async (file, specOf) => {
    const table = readVerdicts(file);

    const verdicts: [string, Verdict][] = [];
    for (const [text] of table) verdicts.push([text, await verdictOn(specOf(text))]);

    if (isUpdate) writeVerdicts(file, verdicts);
    expect(readVerdicts(file)).toEqual(verdicts);
  },
  120_000,
);

async function verdictOn(spec: { schedule: string; timeZone: string }): Promise<Verdict> {
  const { cronJob } = renderSnapshot(snapshotPlan());
  const content = { ...cronJob, spec: { ...(cronJob["spec"] as object), ...spec } };
  const path = `/apis/batch/v1/namespaces/ksnapshot/cronjobs/${cronJob.metadata.name}?fieldManager=test&dryRun=All&fieldValidation=Strict`;
  try {
    await request(kubeConfig, { method: "PATCH", path, body: { type: "application/apply-patch+yaml", content } });
    return "accepted";
  } catch (error) {
    if (!(error instanceof ApiFailed)) throw error;
    // Without a Status: the parser of the API server panics on "TZ=UTC".
    expect(["Invalid", "InternalError", undefined]).toContain(error.status?.reason);
    return "refused";
  }
}
