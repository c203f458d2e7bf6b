import { KubeConfig } from "@kubernetes/client-node";
import { expect } from "@jest/globals";
import type { LiveObject } from "../../operator/cluster/cluster.ts";
import { kubeCluster } from "../../operator/cluster/kube-cluster.ts";
import { parseOperatorConfig } from "../../operator/config.ts";
import { type PassOutcome, reconcile } from "../../operator/reconcile.ts";
import { parseConfig } from "../../synth/config-file.ts";
import { operatorEnv } from "../../synth/operator-env.ts";
import { type KubeObject } from "../../synth/render.ts";
import { synthesize } from "../../synth/synthesize.ts";
import type { AuditEvent } from "../bed/audit.ts";
import { type ControlPlane, startControlPlane } from "../bed/cluster.ts";
import { until } from "../bed/wait.ts";

const installation = `
watchNamespaces: [shop, billing]
storage:
  s3:
    bucket: snapshots
`;
const identity = "system:serviceaccount:ksnapshot:ksnapshot";

/** A control plane on which the project's own install is applied, and passes of the operator under its own Role. */
export interface OperatorBed {
  readonly cluster: ControlPlane;
  readonly env: Readonly<Record<string, string>>;
  /** Of the operator's service account. */
  readonly kubeconfig: string;
  /** @param by how it reaches the API server. Default: directly */
  pass(by?: KubeConfig): Promise<PassOutcome>;
  /** Passes until the condition holds; the outcome of the last one. */
  passUntil(what: string, condition: (outcome: PassOutcome) => Promise<boolean> | boolean): Promise<PassOutcome>;
  apply(...objects: readonly KubeObject[]): Promise<void>;
  /** The operator's objects of a workload, with their data. */
  objectsOf(owner: string): Promise<{ cronJobs: readonly LiveObject[]; secrets: readonly LiveObject[] }>;
  /** The operator's writes so far. */
  writes(): readonly AuditEvent[];
}

export async function startOperatorBed(): Promise<OperatorBed> {
  const cluster = await startControlPlane();
  const files = synthesize(installation, "test");
  const config = parseConfig(installation, "test");
  if (!files.ok || !config.ok) throw new Error("the test's installation is invalid");
  for (const namespace of ["shop", "billing"]) await cluster.kubectl(["create", "namespace", namespace]);
  const install = files.value.map(({ content }) => content).join("---\n");
  await cluster.kubectl(["apply", "--server-side", "-f", "-"], install);
  const keys = ["--from-literal=AWS_ACCESS_KEY_ID=id", "--from-literal=AWS_SECRET_ACCESS_KEY=key"];
  await cluster.kubectl(["-n", "ksnapshot", "create", "secret", "generic", "ksnapshot-secret", ...keys]);

  const env = operatorEnv(config.value);
  const operator = parseOperatorConfig(env);
  if (!operator.ok) throw new Error("the operator's environment is invalid");
  const kubeconfig = await cluster.serviceAccountKubeconfig("ksnapshot", "ksnapshot");
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(kubeconfig);
  const { signal } = new AbortController();
  const pass = (by = kubeConfig) => reconcile(kubeCluster(by, signal), operator.value, signal);
  const listed = async (kind: string, owner: string) => {
    const list = await cluster.kubectl(["-n", "ksnapshot", "get", kind, "-o", "json", "--show-managed-fields"]);
    const { items } = JSON.parse(list) as { items: LiveObject[] };
    return items.filter(({ metadata }) => metadata.annotations?.["ksnapshot.clickandmortar.fr/owner"] === owner);
  };
  return {
    ...{ cluster, env, kubeconfig, pass },
    passUntil: (what, condition) =>
      until(what, 60_000, async () => {
        const outcome = await pass();
        return (await condition(outcome)) && outcome;
      }),
    apply: async (...objects) => {
      await cluster.kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
    },
    objectsOf: async (owner) => ({
      cronJobs: await listed("cronjobs", owner),
      secrets: await listed("secrets", owner),
    }),
    writes: () => cluster.auditEvents().filter(({ user }) => user.username === identity),
  };
}

/** A pass in which nothing failed. */
export function expectNoFaults(outcome: PassOutcome): void {
  expect(outcome.faults.map(({ error }) => error.message)).toEqual([]);
}

export function codesOf(outcome: PassOutcome): readonly string[] {
  return outcome.diagnostics.map(({ code }) => code);
}
