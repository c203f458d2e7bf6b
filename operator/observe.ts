import type * as z from "zod";
import { managedBySelector } from "../contract/labels.ts";
import type { ObjectRef } from "../contract/plan.ts";
import { ApiFailed, type Cluster, isResourceKind, type ResourceKind } from "./cluster/cluster.ts";
import type { PlanConfig } from "./config.ts";
import type { Owned } from "./plan/changes.ts";
import { Controller, Pod, Service } from "./plan/objects.ts";
import { dataOf, type DataReading, type DataRef, type NamespaceReading, refKey } from "./plan/observed.ts";
import type { OwnerReading, OwnerReadings } from "./plan/ownership.ts";
import { type PlannedSnapshots, planSnapshots } from "./plan/snapshots.ts";

/** Reads one watched namespace. It never throws for the API server's sake: what cannot be read is unknown. */
export async function observeNamespace(cluster: Cluster, name: string): Promise<NamespaceReading> {
  const problems: string[] = [];
  const list = async <T>(kind: ResourceKind, schema: z.ZodType<T>): Promise<readonly T[]> => {
    try {
      return (await cluster.list(kind, name)).map((object) => schema.parse(object));
    } catch (error) {
      problems.push(problemOf(error)); // all of them: a Role that lacks one kind often lacks two
      return [];
    }
  };
  // The pods first: whatever owns a pod has been there before it, and so is in the lists after it.
  const pods = await list("Pod", Pod);
  const [services, ...controllers] = await Promise.all([
    list("Service", Service),
    list("ReplicaSet", Controller),
    list("Deployment", Controller),
    list("StatefulSet", Controller),
  ]);
  return problems.length > 0
    ? { ok: false, name, problem: problems.join("; ") }
    : { ok: true, namespace: { name, pods, services, controllers: controllers.flat() } };
}

/** Reads what is ours. @throws {ApiFailed} when it cannot: without it there is nothing that a pass could do */
export async function observeOwned(cluster: Cluster, { controlNamespace }: PlanConfig): Promise<Owned> {
  const cronJobs = await cluster.list("CronJob", controlNamespace, managedBySelector);
  // After the CronJobs: one that is gone from that list starts no Job any more that this list would miss.
  const jobs = await cluster.list("Job", controlNamespace);
  return { cronJobs, jobs, secrets: await cluster.list("Secret", controlNamespace, managedBySelector) };
}

/**
 * Plans, and reads the ConfigMaps and Secrets that planning asks for, until it asks for no more: one value may refer to
 * another. So no Secret is read of which no plan needs a key.
 */
export async function planObserved(
  cluster: Cluster,
  readings: readonly NamespaceReading[],
  config: PlanConfig,
): Promise<PlannedSnapshots> {
  const known = new Map<string, DataReading>();
  for (;;) {
    const missing = new Map<string, DataRef>();
    const planned = planSnapshots(readings, config, (ref) => {
      const reading = known.get(refKey(ref));
      if (reading === undefined) missing.set(refKey(ref), ref);
      return reading ?? { state: "unread" };
    });
    if (missing.size === 0) return planned;
    const read = [...missing].map(async ([key, ref]) => [key, await observeData(cluster, ref)] as const);
    for (const [key, reading] of await Promise.all(read)) known.set(key, reading);
  }
}

/** Asks for each owner by name: only the API server's own "not found" says that it is gone. */
export async function observeOwners(cluster: Cluster, refs: readonly ObjectRef[]): Promise<OwnerReadings> {
  const readings = refs.map(async (ref) => [refKey(ref), await observeOwner(cluster, ref)] as const);
  return new Map(await Promise.all(readings));
}

async function observeOwner(cluster: Cluster, { kind, namespace, name }: ObjectRef): Promise<OwnerReading> {
  if (!isResourceKind(kind))
    return { state: "unreadable", problem: `${kind} is not a kind that the operator can read` };
  try {
    return { state: (await cluster.get(kind, namespace, name)) === null ? "gone" : "there" };
  } catch (error) {
    return { state: "unreadable", problem: problemOf(error) };
  }
}

async function observeData(cluster: Cluster, { kind, namespace, name }: DataRef): Promise<DataReading> {
  try {
    const object = await cluster.get(kind, namespace, name);
    return object === null ? { state: "absent" } : { state: "found", data: dataOf(kind, object) };
  } catch (error) {
    return { state: "unreadable", problem: problemOf(error) };
  }
}

/** Only the API server's failures are told as such. @throws whatever else it is: a bug of ours */
function problemOf(error: unknown): string {
  if (error instanceof ApiFailed) return error.message;
  throw error;
}
