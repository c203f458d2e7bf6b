import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { ApiFailed, type LiveObject } from "../../../operator/cluster/cluster.ts";
import { kubeCluster } from "../../../operator/cluster/kube-cluster.ts";

/** Whatever stands on the way to an API server: it answers every request with this. */
let answer = { status: 200, body: "" };
let server: Server;
let cluster: ReturnType<typeof kubeCluster>;

beforeAll(async () => {
  server = createServer((_, response) => response.writeHead(answer.status).end(answer.body));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromOptions({
    clusters: [
      {
        ...{ name: "c", skipTLSVerify: true }, // without it the client refuses http
        server: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
      },
    ],
    users: [{ name: "u" }],
    contexts: [{ name: "x", cluster: "c", user: "u" }],
    currentContext: "x",
  });
  cluster = kubeCluster(kubeConfig, new AbortController().signal);
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const page = "<html><body><h1>404 Not Found</h1></body></html>";
const details = { name: "web", group: "apps", kind: "deployments" };

/** As a real API server answers, but for what is overwritten. */
function status(overrides: object = {}): string {
  const message = 'deployments.apps "web" not found';
  const base = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason: "NotFound" };
  return JSON.stringify({ ...base, details, code: 404, ...overrides });
}

test("takes an object for gone when the API server itself says that this very object is not found", async () => {
  answer = { status: 404, body: status() };

  expect(await cluster.get("Deployment", "shop", "web")).toBeNull();
  await cluster.remove({ ...live, kind: "Deployment" });
});

const strangers: readonly [string, number, string][] = [
  ["a proxy's page", 404, page],
  ["nothing at all", 404, ""],
  ["the text of a path that the server does not know", 404, "404 page not found"],
  ["JSON of something else", 404, '{"error":"not found","code":404}'],
  ["a Status without a reason", 404, status({ reason: "" })],
  ["a Status of another reason", 404, status({ reason: "Forbidden" })],
  ["a Status of a resource that is not served", 404, status({ details: {} })],
  ["a Status about another object", 404, status({ details: { ...details, name: "other" } })],
  ["a Status about the namespace", 404, status({ details: { name: "web", kind: "namespaces" } })],
  ["a Status about another group's kind", 404, status({ details: { ...details, group: "apps.kruise.io" } })],
  ["a Status that is no failure", 404, status({ status: "Success" })],
  ["another kind with the fields of a Status", 404, status({ kind: "Problem" })],
  ["a refusal", 403, status({ reason: "Forbidden", code: 403 })],
  ["a page of a login with 200", 200, page],
  ["an object without a kind with 200", 200, "{}"],
];

test.each(strangers)("does not take %s for an answer about an object", async (_, code, body) => {
  answer = { status: code, body };

  await expect(cluster.get("Deployment", "shop", "web")).rejects.toBeInstanceOf(ApiFailed);
  await expect(cluster.remove({ ...live, kind: "Deployment" })).rejects.toBeInstanceOf(ApiFailed);
  await expect(cluster.list("Deployment", "shop")).rejects.toBeInstanceOf(ApiFailed);
  await expect(cluster.apply(live, live)).rejects.toBeInstanceOf(ApiFailed);
});

test.each([
  ["another kind", { kind: "Pod", metadata: { name: "web" } }],
  ["another name", { kind: "Deployment", metadata: { name: "other" } }],
  ["no metadata", { kind: "Deployment" }],
])("does not take an object of %s for the one that was asked for", async (_, object) => {
  answer = { status: 200, body: JSON.stringify(object) };

  await expect(cluster.get("Deployment", "shop", "web")).rejects.toBeInstanceOf(ApiFailed);
});

test.each([
  ["of another kind", { kind: "PodList", metadata: {}, items: [] }],
  ["without items", { kind: "DeploymentList", metadata: {} }],
  ["whose items are none", { kind: "DeploymentList", metadata: {}, items: null }],
])("does not take a list %s for an empty one", async (_, list) => {
  answer = { status: 200, body: JSON.stringify(list) };

  await expect(cluster.list("Deployment", "shop")).rejects.toBeInstanceOf(ApiFailed);
});

test("quotes a failure's page, and nothing of a success, which may be a piece of a Secret", async () => {
  answer = { status: 502, body: "Bad Gateway from the mesh" };
  await expect(cluster.get("Secret", "shop", "web")).rejects.toThrow("502 and no answer of an API server");
  await expect(cluster.get("Secret", "shop", "web")).rejects.toThrow("Bad Gateway from the mesh");

  answer = { status: 200, body: '{"data":{"password":"aHVudGVyMg=="}}' };
  await expect(cluster.get("Secret", "shop", "web")).rejects.not.toThrow("aHVudGVyMg");
});

const live: LiveObject = {
  ...{ apiVersion: "batch/v1", kind: "CronJob" },
  metadata: {
    ...{ name: "web", namespace: "shop", uid: "1", resourceVersion: "1" },
    managedFields: [{ manager: "ksnapshot", operation: "Apply" }],
  },
};
