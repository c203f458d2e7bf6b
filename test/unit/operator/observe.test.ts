import { expect, test } from "@jest/globals";
import { ApiFailed, type Cluster, type LiveObject, type ResourceKind } from "../../../operator/cluster/cluster.ts";
import { observeNamespace } from "../../../operator/observe.ts";
import { planFromCluster } from "../../../operator/plan-cluster.ts";
import { reconcile } from "../../../operator/reconcile.ts";
import type { KubeObject } from "../../../synth/render.ts";
import { planConfig } from "../../support/plan-config.ts";
import { databaseObjects } from "../../support/workloads.ts";

const config = {
  ...planConfig({ destination: { kind: "directory", claimName: "snapshots" }, cluster: "test" }),
  ...{ watchNamespaces: ["shop"], intervalMs: 1000, logLevel: "info" as const },
};
const { signal } = new AbortController();

/** A cluster that holds these objects, and writes by `apply`. */
function clusterOf(objects: readonly KubeObject[], apply: Cluster["apply"] = () => Promise.resolve()): Cluster {
  const live = objects.map((one) => ({ ...one, metadata: { uid: "1", resourceVersion: "1", ...one.metadata } }));
  const of = (kind: ResourceKind, namespace: string) =>
    (live as LiveObject[]).filter((one) => one.kind === kind && one.metadata.namespace === namespace);
  return {
    list: (kind, namespace) => Promise.resolve(of(kind, namespace)),
    get: (kind, namespace, name) =>
      Promise.resolve(of(kind, namespace).find(({ metadata }) => metadata.name === name) ?? null),
    apply,
    remove: () => Promise.resolve(),
  };
}

test("takes a namespace with an object that it does not understand for one that it cannot read", async () => {
  const odd: KubeObject = { apiVersion: "v1", kind: "Pod", metadata: { name: "odd", namespace: "shop" }, spec: {} };

  const reading = await observeNamespace(clusterOf([...databaseObjects("web"), odd]), "shop");

  expect(reading).toMatchObject({ ok: false, name: "shop" });
  expect(JSON.stringify(reading)).toContain("spec.containers");
});

test("goes on with the other workloads when one write fails by a fault of ours", async () => {
  const applied: string[] = [];
  const cluster = clusterOf([...databaseObjects("a"), ...databaseObjects("b")], ({ kind, metadata }) => {
    if (metadata.name.includes("-shop-a-")) return Promise.reject(new TypeError("not to be sent"));
    applied.push(kind);
    return Promise.resolve();
  });

  const outcome = await reconcile(cluster, config, signal);

  expect(applied).toEqual(["Secret", "CronJob"]);
  expect(outcome.faults).toMatchObject([{ verb: "apply", object: { kind: "Secret" }, error: { name: "TypeError" } }]);
});

test("asks for a Secret of its own only before it makes it, and holds what it cannot ask for", async () => {
  const asked: string[] = [];
  const cluster = (mine: Cluster["get"]): Cluster => {
    const real = clusterOf(databaseObjects("web"));
    const get: Cluster["get"] = (kind, namespace, name) => {
      if (namespace !== "ksnapshot") return real.get(kind, namespace, name);
      asked.push(`${kind} ${name}`);
      return mine(kind, namespace, name);
    };
    return { ...real, get };
  };

  const free = await planFromCluster(
    cluster(() => Promise.resolve(null)),
    config,
    null,
  );
  const refused = await planFromCluster(
    cluster(() => Promise.reject(new ApiFailed("403", null))),
    config,
    null,
  );

  expect(free.apply.flat().map(({ desired }) => desired.kind)).toEqual(["Secret", "CronJob"]);
  expect(refused.apply).toEqual([]);
  expect(refused.diagnostics.map(({ code }) => code)).toEqual(["namespace-unreadable"]);
  expect(new Set(asked)).toEqual(new Set(["Secret ksnapshot-postgresql-shop-web-97375646-credentials"]));
});
