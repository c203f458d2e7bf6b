import type { KubeConfig } from "@kubernetes/client-node";
import { fieldManager } from "../../contract/labels.ts";
import type { KubeObject } from "../../synth/render.ts";
import { ApiFailed, type Cluster, isResourceKind, type LiveObject, type ResourceKind, resources } from "./cluster.ts";
import { request } from "./kube-api.ts";
import { adoption, isAdopted } from "./managed-fields.ts";

/** How many objects a page of a list has: kubectl's own number. */
const pageSize = 500;

/** A {@link Cluster} at the end of a kubeconfig. `signal` gives reads up. */
export function kubeCluster(config: KubeConfig, signal: AbortSignal): Cluster {
  return {
    async list(kind, namespace, labelSelector) {
      const items: LiveObject[] = [];
      let token = "";
      do {
        const query = new URLSearchParams({ limit: String(pageSize) });
        if (labelSelector !== undefined) query.set("labelSelector", labelSelector);
        if (token !== "") query.set("continue", token);
        const path = `${pathOf(kind, namespace)}?${query.toString()}`;
        const page = (await request(config, { method: "GET", path, signal })) as Page;
        // The items of a list do not say what they are.
        items.push(
          ...page.items.map((item): LiveObject => ({ ...item, kind, apiVersion: resources[kind].apiVersion })),
        );
        token = page.metadata.continue ?? "";
      } while (token !== "");
      return items;
    },

    async get(kind, namespace, name) {
      return unlessMissing(async () => {
        const path = pathOf(kind, namespace, name);
        return (await request(config, { method: "GET", path, signal })) as LiveObject;
      });
    },

    async apply(object, live) {
      const adopt = (from: LiveObject) => patch(config, object, "", "application/json-patch+json", adoption(from));
      // Forced: we are the controller of these fields, and whoever else set one is overruled.
      const query = `?fieldManager=${fieldManager}&force=true`;
      const apply = () => patch(config, object, query, "application/apply-patch+yaml", object); // JSON is YAML
      if (live !== null && !isAdopted(live)) await adopt(live);
      try {
        await apply();
      } catch (error) {
        // Ours and somebody else's fields can be invalid together: a variable with a value beside our valueFrom.
        if (live === null || !isAdopted(live) || !(error instanceof ApiFailed && error.status === 422)) throw error;
        await adopt(live);
        await apply();
      }
    },

    async remove(object) {
      const { kind, metadata } = object;
      const path = pathOf(kindOf(object), metadata.namespace, metadata.name);
      // Deleting a CronJob would delete its running Job with it; orphaned, the Job ends and is stored.
      const orphaning = kind === "CronJob" ? { propagationPolicy: "Orphan" } : {};
      const content = { kind: "DeleteOptions", apiVersion: "v1", preconditions: { uid: metadata.uid }, ...orphaning };
      await unlessMissing(() =>
        request(config, { method: "DELETE", path, body: { type: "application/json", content } }),
      );
    },
  };
}

interface Page {
  readonly metadata: { readonly continue?: string };
  readonly items: readonly Pick<LiveObject, "metadata">[];
}

async function patch(
  config: KubeConfig,
  object: KubeObject,
  query: string,
  type: string,
  content: unknown,
): Promise<void> {
  const { namespace = "", name } = object.metadata;
  const path = pathOf(kindOf(object), namespace, name) + query;
  await request(config, { method: "PATCH", path, body: { type, content } });
}

function pathOf(kind: ResourceKind, namespace: string, name?: string): string {
  const { apiVersion, plural } = resources[kind];
  const group = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const collection =
    namespace === "" ? `${group}/${plural}` : `${group}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
  return name === undefined ? collection : `${collection}/${encodeURIComponent(name)}`;
}

function kindOf({ kind }: KubeObject): ResourceKind {
  if (!isResourceKind(kind)) throw new Error(`the operator does not write objects of kind ${kind}`);
  return kind;
}

async function unlessMissing<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ApiFailed && error.status === 404) return null;
    throw error;
  }
}
