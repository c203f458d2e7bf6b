import type { Diagnostic } from "../contract/diagnostic.ts";
import type { ObjectRef } from "../contract/plan.ts";
import { type Cluster, refOf } from "./cluster/cluster.ts";
import { withClusterName } from "./cluster-name.ts";
import type { OperatorConfig } from "./config.ts";
import { observeNamesakes, observeNamespace, observeOwned, observeOwners, planObserved } from "./observe.ts";
import { type Changes, changesBetween, type Owned, type Prune } from "./plan/changes.ts";
import { ownersToRead } from "./plan/ownership.ts";

/** What one pass did and found. Whoever tells of it (log, Events, metrics) needs nothing else. */
export interface PassOutcome extends Pick<Changes, "held" | "diagnostics"> {
  readonly applied: readonly ObjectRef[];
  readonly pruned: readonly { readonly object: ObjectRef; readonly reason: Prune["reason"] }[];
  /** Writes that the API server refused or did not answer. The next pass tries again. */
  readonly faults: readonly Fault[];
}

export interface Fault {
  readonly verb: "apply" | "remove";
  readonly object: ObjectRef;
  /** An {@link ApiFailed}, or a fault of ours in this one write. */
  readonly error: Error;
}

/**
 * One level-based pass: everything is computed anew from what is observed, and a second pass changes nothing.
 *
 * @param signal ends the pass between two writes, never within one
 * @throws {ApiFailed} when our own objects cannot be read; the signal's reason when it fired before the first write
 */
export async function reconcile(cluster: Cluster, config: OperatorConfig, signal: AbortSignal): Promise<PassOutcome> {
  // Our own first: a Job that starts after this has its CronJob in the list.
  const owned = await observeOwned(cluster, config);
  const changes = await decideChanges(cluster, config, owned);
  signal.throwIfAborted(); // reads given up would look like namespaces that cannot be read
  return { ...(await carryOut(cluster, changes, signal)), held: changes.held, diagnostics: changes.diagnostics };
}

/** Reads the watched namespaces and decides what is to be done; writes nothing. */
export async function decideChanges(cluster: Cluster, config: OperatorConfig, owned: Owned): Promise<Changes> {
  const readings = await Promise.all(config.watchNamespaces.map((name) => observeNamespace(cluster, name)));
  const named = await withClusterName(cluster, config);
  const planned = await planObserved(cluster, readings, named);
  const owners = await observeOwners(cluster, ownersToRead(owned.cronJobs, planned.decisions, readings));
  const changes = changesBetween(planned, await observeNamesakes(cluster, planned, owned), readings, owners);
  return named.cluster === null ? { ...changes, diagnostics: [...changes.diagnostics, unnamed(config)] } : changes;
}

function unnamed({ controlNamespace }: OperatorConfig): Diagnostic {
  return {
    code: "cluster-unnamed",
    subject: { kind: "Namespace", namespace: "", name: controlNamespace },
    problem: "Nothing tells what this installation is called, so its snapshots do not say whose they are.",
    remedy: "Set cluster in ksnapshot.yaml, or let the operator get the namespace.",
  };
}

/** One failed write stops its own workload only. */
async function carryOut(cluster: Cluster, { apply, prune }: Changes, signal: AbortSignal) {
  const applied: ObjectRef[] = [];
  const pruned: { object: ObjectRef; reason: Prune["reason"] }[] = [];
  const faults: Fault[] = [];
  for (const group of apply) {
    for (const { desired, live } of group) {
      if (signal.aborted) break;
      const object = refOf(desired);
      const error = await failureOf(cluster.apply(desired, live));
      if (error === null) {
        applied.push(object);
      } else {
        faults.push({ verb: "apply", object, error });
        break; // a CronJob without its Secret would only make pods that cannot start
      }
    }
  }
  for (const { object: live, reason } of prune) {
    if (signal.aborted) break;
    const object = refOf(live);
    const error = await failureOf(cluster.remove(live));
    if (error === null) pruned.push({ object, reason });
    else faults.push({ verb: "remove", object, error });
  }
  return { applied, pruned, faults };
}

async function failureOf(write: Promise<void>): Promise<Error | null> {
  try {
    await write;
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
