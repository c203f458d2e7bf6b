import type { KubeConfig } from "@kubernetes/client-node";
import { fieldManager } from "../../contract/labels.ts";
import { quoted } from "../../contract/quoted.ts";
import type { KubeObject } from "../../synth/render.ts";
import {
  ApiFailed,
  type Cluster,
  isNotFound,
  isResourceKind,
  type LiveObject,
  type ResourceKind,
  resources,
} from "./cluster.ts";
import { type ApiAnswer, request } from "./kube-api.ts";
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
        const page = pageOf(kind, await request(config, { method: "GET", path, signal }), path);
        // The items of a list do not say what they are.
        items.push(
          ...page.items.map((item): LiveObject => ({ ...item, kind, apiVersion: resources[kind].apiVersion })),
        );
        token = page.metadata.continue ?? "";
      } while (token !== "");
      return items;
    },

    async get(kind, namespace, name) {
      return unlessMissing(kind, name, async () => {
        const path = pathOf(kind, namespace, name);
        return expected(await request(config, { method: "GET", path, signal }), kind, name, path);
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
        const isInvalid = error instanceof ApiFailed && error.status?.reason === "Invalid";
        if (live === null || !isAdopted(live) || !isInvalid) throw error;
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
      await unlessMissing(kindOf(object), metadata.name, () =>
        request(config, { method: "DELETE", path, body: { type: "application/json", content } }),
      );
    },
  };
}

interface Page {
  readonly metadata: { readonly continue?: string };
  readonly items: readonly Pick<LiveObject, "metadata">[];
}

/** @throws {ApiFailed} when it is no list of the kind: something else than the API server may have answered */
function pageOf(kind: ResourceKind, answer: ApiAnswer, path: string): Page {
  const { metadata, items } = answer as Partial<Page> & ApiAnswer;
  if (answer.kind === `${kind}List` && metadata !== undefined && Array.isArray(items)) return { metadata, items };
  throw new ApiFailed(`GET ${path}: the answer is a ${quoted(answer.kind)} and no list of ${kind}s`, null);
}

/** @throws {ApiFailed} when it is not the object that was asked for */
function expected(answer: ApiAnswer, kind: string, name: string, path: string): LiveObject {
  const object = answer as Partial<LiveObject> & ApiAnswer;
  if (object.kind === kind && object.metadata?.name === name) return object as LiveObject;
  throw new ApiFailed(`${path}: the answer is a ${quoted(answer.kind)} and not ${kind} ${name}`, null);
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
  expected(await request(config, { method: "PATCH", path, body: { type, content } }), object.kind, name, path);
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

async function unlessMissing<T>(kind: ResourceKind, name: string, ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (isNotFound(error, kind, name)) return null;
    throw error;
  }
}
