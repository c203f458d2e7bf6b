import { ApiObject, App, Chart } from "cdk8s";
import type { Construct } from "constructs";
import type { Credential, SnapshotPlan } from "../contract/plan.ts";
import { CredentialsSecret } from "./constructs/credentials-secret.ts";
import { SnapshotCronJob } from "./constructs/snapshot-cron-job.ts";

/** A Kubernetes object as plain JSON: no nulls, no undefined, only the fields that we have an opinion on. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    /** Absent on objects that live outside namespaces. */
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

export interface SnapshotObjects {
  readonly cronJob: KubeObject;
  /** Null when the dump needs no credentials. */
  readonly secret: KubeObject | null;
}

/**
 * What the operator applies for a plan.
 * @throws {Error} when a credential has no value: such a plan can be shown, not applied
 */
export function renderSnapshot(plan: SnapshotPlan): SnapshotObjects {
  return objectsOf(plan, base64);
}

/** The same for people's eyes: the Secret's keys with `[redacted]` for every value, known or not. Not fit to apply. */
export function renderRedacted(plan: SnapshotPlan): SnapshotObjects {
  return objectsOf(plan, () => "[redacted]");
}

/** The objects of whatever `build` puts into the scope, in their order. */
export function render(build: (scope: Construct) => void): readonly KubeObject[] {
  const chart = new Chart(new App(), "chart");
  build(chart);
  // Not the chart's own toJson, which orders objects by dependencies that these have not: a third of the time.
  return chart.node
    .findAll()
    .filter((one) => ApiObject.isApiObject(one))
    .map((object) => object.toJson() as KubeObject);
}

function objectsOf(plan: SnapshotPlan, dataOf: (credential: Credential) => string): SnapshotObjects {
  const objects = render((scope) => {
    new SnapshotCronJob(scope, "cron-job", { plan });
    if (plan.credentials.length > 0) new CredentialsSecret(scope, "secret", { plan, dataOf });
  });
  const ofKind = (wanted: string) => objects.find(({ kind }) => kind === wanted) ?? null;
  const cronJob = ofKind("CronJob");
  if (cronJob === null) throw new Error("the CronJob was not rendered");
  return { cronJob, secret: ofKind("Secret") };
}

function base64({ name, value }: Credential): string {
  if (value === null) throw new Error(`the credential ${name} has no value`);
  return Buffer.from(value.reveal()).toString("base64");
}
