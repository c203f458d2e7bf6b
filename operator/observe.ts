import * as z from "zod";
import { credentialsSecretName, isLabelled, managedBySelector } from "../contract/labels.ts";
import type { ObjectRef } from "../contract/plan.ts";
import { ApiFailed, type Cluster, isResourceKind, type LiveObject, type ResourceKind } from "./cluster/cluster.ts";
import type { PlanConfig } from "./config.ts";
import type { Owned } from "./plan/changes.ts";
import { Controller, Pod, Service } from "./plan/objects.ts";
import { dataOf, type DataReading, type DataRef, type NamespaceReading, refKey } from "./plan/observed.ts";
import type { OwnerReading, OwnerReadings } from "./plan/ownership.ts";
import { PlanningRounds } from "./plan/planning-rounds.ts";
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
  const all = await cluster.list("CronJob", controlNamespace); // strangers' too: one may have a name that we want
  const cronJobs = all.filter(isLabelled);
  const others = all.filter((one) => !isLabelled(one));
  // After the CronJobs: one that is gone from that list starts no Job any more that this list would miss.
  const jobs = await cluster.list("Job", controlNamespace);
  const secrets = await cluster.list("Secret", controlNamespace, managedBySelector);
  return { cronJobs, jobs, secrets, others, unreadable: new Map() };
}

/** Looks who has the names of Secrets that are yet to be made. Only those are read: in a steady state none. */
export async function observeNamesakes(
  cluster: Cluster,
  { decisions }: PlannedSnapshots,
  owned: Owned,
): Promise<Owned> {
  const known = new Set(owned.secrets.map(({ metadata }) => metadata.name));
  const wanted = decisions.flatMap((decision) => {
    if (decision.kind !== "on" || decision.plan.credentials.length === 0) return [];
    const name = credentialsSecretName(decision.plan.cronJobName);
    return known.has(name) ? [] : [{ name, namespace: decision.plan.controlNamespace }];
  });
  const others: LiveObject[] = [...owned.others];
  const unreadable = new Map(owned.unreadable);
  const look = async ({ name, namespace }: (typeof wanted)[number]) => {
    try {
      const found = await cluster.get("Secret", namespace, name);
      if (found !== null) others.push(found);
    } catch (error) {
      unreadable.set(name, problemOf(error));
    }
  };
  await Promise.all(wanted.map(look));
  return { ...owned, others, unreadable };
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
  const rounds = new PlanningRounds();
  for (;;) {
    const missing = new Map<string, DataRef>();
    const read = (ref: DataRef) => {
      const reading = known.get(refKey(ref));
      if (reading === undefined) missing.set(refKey(ref), ref);
      return reading ?? ({ state: "unread" } as const);
    };
    const planned = planSnapshots(readings, config, read, rounds);
    if (missing.size === 0) return planned;
    const asked = [...missing].map(async ([key, ref]) => [key, await observeData(cluster, ref)] as const);
    for (const [key, reading] of await Promise.all(asked)) known.set(key, reading);
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

/** Of what the API server refused, failed or sent otherwise than we know it. @throws whatever else it is: a bug of ours */
function problemOf(error: unknown): string {
  if (error instanceof ApiFailed) return error.message;
  if (error instanceof z.ZodError)
    return `an object is not as expected: ${z.prettifyError(error).replace(/\s+/g, " ")}`;
  throw error;
}
