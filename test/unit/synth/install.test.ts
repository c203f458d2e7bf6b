import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import type kplus from "cdk8s-plus-28";
import { parseAllDocuments } from "yaml";
import { sentence } from "../../../contract/diagnostic.ts";
import type { KubeObject } from "../../../synth/render.ts";
import { synthesize } from "../../../synth/synthesize.ts";
import { expectGolden } from "../../support/golden.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

const s3 = `
watchNamespaces: [shop, billing]
storage:
  s3: { bucket: acme-snapshots, region: eu-west-3 }
`;
const variants: Readonly<Record<string, string>> = {
  s3,
  directory: `
watchNamespaces: [shop]
storage:
  directory: { claimName: snapshots }
`,
  identity: `
watchNamespaces: [shop]
createNamespace: false
storage:
  s3: { bucket: acme-snapshots, secretName: "" }
serviceAccounts:
  operator: { create: false, name: deployer }
  backup:
    name: ksnapshot-backup-sa
    annotations: { eks.amazonaws.com/role-arn: "arn:aws:iam::123456789012:role/ksnapshot-backup" }
`,
  everything: `
name: snapshots
namespace: backup
watchNamespaces: [shop]
storage:
  s3: { existingConfigMap: bucket, secretName: bucket-keys }
encryption:
  enabled: true
  recipients: [age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p]
compression: zstd
images:
  operator: example.com/operator:1
  dumpers: { postgresql-16: "example.com/pg:16", mysql-5.7: "example.com/mysql:5.7", mysql: "example.com/mysql:8", elasticsearch: "example.com/es:1" }
  pullPolicy: Always
  pullSecrets: [registry]
jobs:
  deadlineSeconds: 7200
  resources: { requests: { cpu: "1" }, limits: { memory: 2048Mi } }
  caConfigMap: trust
operator:
  resources: { requests: { cpu: "0.05", memory: 128Mi }, limits: { cpu: 1000m, memory: 1024Mi } }
  nodeSelector: { kubernetes.io/arch: amd64 }
  tolerations: [{ key: dedicated, operator: Equal, value: infra, effect: NoSchedule }]
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: disk, operator: In, values: [ssd] }] }] } } }
  podAnnotations: { example.com/team: storage }
  podLabels: { team: storage }
  reconcileIntervalSeconds: 20
  logLevel: debug
`,
};

test.each(Object.entries(variants))("the install of the variant %s is the golden one", (name, config) => {
  expectGolden(`install-${name}.yaml`, yamlOf(config));
});

describe.each(Object.entries(variants))("the install of the variant %s", (_, config) => {
  const yaml = yamlOf(config);
  const objects = objectsOf(yaml);

  test("has nothing that a GitOps tool would trip over", () => {
    expect(yaml).not.toContain("${");
    expect(yaml).not.toContain("app.kubernetes.io/instance");
    expect(yaml).not.toContain("app.kubernetes.io/managed-by");
    expect(yaml).not.toMatch(/null|\{\}|\[\]|: ""$|creationTimestamp/m);
  });

  test("names every object, and the namespace of every one that has one", () => {
    for (const { kind, metadata } of objects) {
      expect(metadata.name).toMatch(/^[a-z0-9-]+$/);
      expect(metadata.namespace === undefined).toBe(kind === "Namespace");
    }
  });

  test("holds no Secret", () => {
    expect(objects.map(({ kind }) => kind)).not.toContain("Secret");
  });

  test("grants reading in the watched namespaces and writing in the operator's own, and nothing cluster-wide", () => {
    const roles = objects.filter(({ kind }) => kind === "Role");
    const verbs = (role: KubeObject) =>
      Object.fromEntries(
        (role["rules"] as kplus.k8s.PolicyRule[]).flatMap((rule) =>
          (rule.resources ?? []).map((resource) => [resource, rule.verbs]),
        ),
      );

    expect(objects.filter(({ kind }) => kind.startsWith("Cluster"))).toEqual([]);
    for (const role of roles.filter(({ metadata }) => metadata.name.endsWith("-watch"))) {
      expect(verbs(role)["secrets"]).toEqual(["get"]);
      expect(new Set(Object.values(verbs(role)).flat())).toEqual(new Set(["get", "list"]));
    }
    expect(JSON.stringify(roles)).not.toContain("*");
  });

  test("runs the operator as Pod Security restricted demands", () => {
    const pod = podOf(objects);

    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
    expect(pod.containers[0]?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
  });
});

test("the Namespace comes first, enforces Pod Security restricted, and may be left out", () => {
  const [first] = objectsOf(yamlOf(s3));

  expect(first).toMatchObject({
    kind: "Namespace",
    metadata: { name: "ksnapshot", labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
  });
  expect(yamlOf(`createNamespace: false\n${s3}`)).not.toContain("kind: Namespace");
});

test("the Deployment selects by a label that nobody will want to change", () => {
  const deployment = deploymentOf(objectsOf(yamlOf(s3)));

  expect(deployment.selector).toEqual({ matchLabels: { "app.kubernetes.io/name": "ksnapshot" } });
  expect(deployment).toMatchObject({ replicas: 1, strategy: { type: "Recreate" } });
});

test("the backup's account gets no token of the Kubernetes API", () => {
  const account = objectsOf(yamlOf(s3)).find(({ metadata }) => metadata.name === "ksnapshot-backup");

  expect(account).toMatchObject({ kind: "ServiceAccount", automountServiceAccountToken: false });
});

test("the same configuration gives the same bytes, in whatever order its keys stand", () => {
  const sections = s3.trim().split(/\n(?=\w)/);

  expect(yamlOf(s3)).toBe(yamlOf(s3));
  expect(yamlOf(sections.toReversed().join("\n"))).toBe(yamlOf(s3));
});

test("dist/ is what ksnapshot.yaml makes", () => {
  const yaml = yamlOf(readFileSync(join(root, "ksnapshot.yaml"), "utf8"));

  expect(readFileSync(join(root, "dist/ksnapshot.k8s.yaml"), "utf8")).toBe(yaml);
});

test("cdk8s synth writes the same bytes", () => {
  const out = mkdtempSync(join(tmpdir(), "ksnapshot-synth-"));
  try {
    const cdk8s = ["node_modules/cdk8s-cli/bin/cdk8s", "synth", "--check-upgrade=false", "--output", out];
    const path = [join(root, "node_modules/.bin"), process.env["PATH"]].join(":");
    const { status } = spawnSync(process.execPath, cdk8s, { cwd: root, env: { ...process.env, PATH: path } });

    expect(status).toBe(0);
    expect(readFileSync(join(out, "ksnapshot.k8s.yaml"))).toEqual(readFileSync(join(root, "dist/ksnapshot.k8s.yaml")));
  } finally {
    rmSync(out, { recursive: true });
  }
});

function yamlOf(config: string): string {
  const files = synthesize(config, "ksnapshot.yaml");
  if (!files.ok) throw new Error(files.diagnostics.map(sentence).join("\n"));
  return files.value.map(({ content }) => content).join("");
}

function objectsOf(yaml: string): readonly KubeObject[] {
  return parseAllDocuments(yaml).map((document) => document.toJS() as KubeObject);
}

function deploymentOf(objects: readonly KubeObject[]): kplus.k8s.DeploymentSpec {
  const deployment = objects.find(({ kind }) => kind === "Deployment");
  if (deployment === undefined) throw new Error("there is no Deployment");
  return deployment["spec"] as kplus.k8s.DeploymentSpec;
}

function podOf(objects: readonly KubeObject[]): kplus.k8s.PodSpec {
  const { spec } = deploymentOf(objects).template;
  if (spec === undefined) throw new Error("there is no pod");
  return spec;
}
