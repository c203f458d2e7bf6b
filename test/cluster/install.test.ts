import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type kplus from "cdk8s-plus-28";
import { parseAllDocuments } from "yaml";
import type { KubeObject } from "../../synth/render.ts";
import { type ControlPlane, startControlPlane } from "../bed/cluster.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const golden = readdirSync(`${root}/test/golden`);
const applyDist = ["apply", "--server-side", "--warnings-as-errors", "-f", `${root}/dist/`];
const operator = "system:serviceaccount:ksnapshot:ksnapshot";
const backup = "system:serviceaccount:ksnapshot:ksnapshot-backup";

let cluster: ControlPlane;

beforeAll(async () => {
  cluster = await startControlPlane();
  for (const namespace of ["shop", "billing", "backup", "elsewhere"])
    await cluster.kubectl(["create", "namespace", namespace]);
  await cluster.kubectl(applyDist);
}, 600_000);

afterAll(async () => {
  await cluster.stop();
}, 60_000);

test("dist/, which was applied in one go, changes nothing when applied again", async () => {
  const before = await resourceVersions();

  await cluster.kubectl(applyDist);

  expect(await resourceVersions()).toEqual(before);
}, 60_000);

test("the API server keeps every field of dist/ as Git has it", async () => {
  for (const object of objectsOf(`${root}/dist/ksnapshot.k8s.yaml`)) expect(await live(object)).toMatchObject(object);
}, 60_000);

test.each(golden)(
  "the API server takes every object of %s, and would keep every field",
  async (file) => {
    const apply = ["apply", "--server-side", "--force-conflicts", "--warnings-as-errors", "--dry-run=server"];

    const applied = await cluster.kubectl([...apply, "-o", "json", "-f", `${root}/test/golden/${file}`]);

    const objects = objectsOf(`${root}/test/golden/${file}`);
    const result = JSON.parse(applied) as { readonly items?: readonly unknown[] };
    expect(result.items ?? [result]).toMatchObject(objects);
  },
  60_000,
);

test.each(golden)(
  "every pod of %s is admitted where Pod Security restricted is enforced",
  async (file) => {
    for (const object of objectsOf(`${root}/test/golden/${file}`)) {
      const spec = podSpecOf(object);
      if (spec === null) continue;
      const pod = {
        ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "admitted", namespace: "ksnapshot" } },
        spec: { ...spec, serviceAccountName: "ksnapshot-backup" },
      };

      await cluster.kubectl(["create", "--dry-run=server", "--warnings-as-errors", "-f", "-"], JSON.stringify(pod));
    }
  },
  60_000,
);

test("a pod that is not restricted is turned away", async () => {
  const pod = {
    ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "refused", namespace: "ksnapshot" } },
    spec: { serviceAccountName: "ksnapshot-backup", containers: [{ name: "a", image: "a" }] },
  };

  await expect(cluster.kubectl(["create", "--dry-run=server", "-f", "-"], JSON.stringify(pod))).rejects.toThrow(
    /violates PodSecurity/,
  );
});

describe("who may do what", () => {
  test.each([
    [operator, "list", "pods", "shop", true],
    [operator, "get", "secrets", "shop", true],
    [operator, "list", "secrets", "shop", false],
    [operator, "patch", "secrets", "shop", false],
    [operator, "create", "cronjobs", "shop", false],
    [operator, "get", "secrets", "elsewhere", false],
    [operator, "list", "pods", "elsewhere", false],
    [operator, "list", "namespaces", "shop", false],
    [operator, "patch", "cronjobs", "ksnapshot", true],
    [operator, "delete", "cronjobs", "ksnapshot", true],
    [operator, "delete", "jobs", "ksnapshot", false],
    [operator, "create", "pods", "ksnapshot", false],
    [operator, "patch", "roles", "ksnapshot", false],
    [operator, "impersonate", "serviceaccounts", "ksnapshot", false],
    [backup, "get", "secrets", "ksnapshot", false],
    [backup, "list", "pods", "shop", false],
  ])("%s: %s %s in %s: %s", async (user, verb, resource, namespace, allowed) => {
    const review = {
      ...{ apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview" },
      spec: { user, resourceAttributes: { namespace, verb, ...groupOf(resource) } },
    };

    const answer = await cluster.kubectl(["create", "-o", "json", "-f", "-"], JSON.stringify(review));

    expect((JSON.parse(answer) as { status: { allowed: boolean } }).status.allowed).toBe(allowed);
  });
});

function groupOf(resource: string): { group: string; resource: string } {
  const groups: Readonly<Record<string, string>> = {
    cronjobs: "batch",
    jobs: "batch",
    roles: "rbac.authorization.k8s.io",
  };
  return { group: groups[resource] ?? "", resource };
}

function objectsOf(file: string): readonly KubeObject[] {
  return parseAllDocuments(readFileSync(file, "utf8")).map((document) => document.toJS() as KubeObject);
}

function podSpecOf(object: KubeObject): kplus.k8s.PodSpec | null {
  if (object.kind === "Deployment") return (object["spec"] as kplus.k8s.DeploymentSpec).template.spec ?? null;
  if (object.kind === "CronJob") {
    return (object["spec"] as kplus.k8s.CronJobSpec).jobTemplate.spec?.template.spec ?? null;
  }
  return null;
}

async function live({ kind, metadata: { name, namespace = "default" } }: KubeObject): Promise<unknown> {
  return JSON.parse(await cluster.kubectl(["get", kind, name, "-n", namespace, "-o", "json"]));
}

async function resourceVersions(): Promise<readonly unknown[]> {
  const objects = objectsOf(`${root}/dist/ksnapshot.k8s.yaml`).filter(({ kind }) => kind !== "Deployment");
  return Promise.all(
    objects.map(
      async (object) => ((await live(object)) as { metadata: { resourceVersion: string } }).metadata.resourceVersion,
    ),
  );
}
