import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { parse, parseAllDocuments } from "yaml";
import type { KubeObject } from "../../synth/render.ts";
import { until } from "../bed/wait.ts";
import { codesOf, expectNoFaults, type OperatorBed, startOperatorBed } from "../support/operator.ts";

const root = fileURLToPath(new URL("../corpus", import.meta.url));
const shapes = readdirSync(root, { withFileTypes: true })
  .filter((one) => one.isDirectory())
  .map(({ name }) => name);

/** Each needs another kind of read: files of each kind of volume, whole Secrets, a Secret of an operator, a configuration. */
const applied = [
  ...[
    "official-postgres-secret",
    "official-postgres-password-file",
    "bitnami-postgresql-production",
    "bitnami-mariadb-default",
  ],
  ...[
    "percona-xtradb-cluster",
    "crunchy-postgres",
    "mysql-operator",
    "opensearch-helm-chart",
    "elasticsearch-configured-by-file",
  ],
];

let bed: OperatorBed;

beforeAll(async () => {
  bed = await startOperatorBed();
}, 600_000);

afterAll(async () => {
  await bed.cluster.stop();
}, 60_000);

test("an API server takes every object of the corpus", async () => {
  const objects = shapes.flatMap(objectsOf);
  const namespaces = new Set(objects.map(namespaceOf));
  for (const name of namespaces) {
    if (!["default", "shop", "billing"].includes(name)) await bed.cluster.kubectl(["create", "namespace", name]);
  }
  await until("the namespaces' own accounts", 60_000, async () => {
    const accounts = await bed.cluster.kubectl(["get", "serviceaccounts", "-A", "-o", "name"]);
    return accounts.split("/default").length > namespaces.size;
  });
  // The same object is in several shapes: each is asked for on its own, and nothing is kept.
  for (const shape of shapes) {
    const list = { apiVersion: "v1", kind: "List", items: objectsOf(shape).map(withAccount) };
    await bed.cluster.kubectl(["apply", "--dry-run=server", "-f", "-"], JSON.stringify(list));
  }
}, 300_000);

test("the operator mirrors what the tables say, under its own Role", async () => {
  await bed.apply(...applied.flatMap(objectsOf).map((object) => withNamespace(withAccount(object))));

  const outcome = await bed.pass();

  expectNoFaults(outcome);
  expect(codesOf(outcome).filter((code) => code !== "authority-missing")).toEqual([]);
  for (const shape of applied) {
    const table = parse(readFileSync(join(root, shape, "expected.yaml"), "utf8")) as Table;
    const name = table.workload.split("/")[1] ?? "";
    const { cronJobs, secrets } = await bed.objectsOf(`shop/${name}`);
    const data = Object.entries(secrets[0]?.["data"] ?? {}).map(([key, base64]) => [
      key,
      Buffer.from(String(base64), "base64").toString(),
    ]);

    expect(cronJobs).toHaveLength(1);
    expect({ shape, data: Object.fromEntries(data) as object }).toEqual({ shape, data: valuesIn(table) });
  }
}, 120_000);

interface Table {
  readonly workload: string;
  readonly credentials?: Readonly<Record<string, string>>;
}

/** `"value" of where it comes from` */
function valuesIn({ credentials = {} }: Table): object {
  const values = Object.entries(credentials).map(([name, text]) => [
    name,
    JSON.parse(text.split(" of ")[0] ?? "") as string,
  ]);
  return Object.fromEntries(values) as object;
}

function objectsOf(shape: string): readonly KubeObject[] {
  const documents = parseAllDocuments(readFileSync(join(root, shape, "manifests.yaml"), "utf8"), { version: "1.1" });
  return [...documents].map((document) => document.toJS() as KubeObject);
}

function namespaceOf({ metadata }: KubeObject): string {
  return metadata.namespace ?? "default";
}

function withNamespace(object: KubeObject): KubeObject {
  return { ...object, metadata: { ...object.metadata, namespace: "shop" } };
}

/** The default account instead of one that the chart would make too: admission asks for it. */
function withAccount(object: KubeObject): KubeObject {
  return JSON.parse(
    JSON.stringify(object, (key, value: unknown) => (key === "serviceAccountName" ? "default" : value)),
  ) as KubeObject;
}
