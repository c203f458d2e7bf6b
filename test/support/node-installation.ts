import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type SnapshotManifest, decodeManifest } from "../../dumper/sink/snapshot-manifest.ts";
import { isManifestKey } from "../../dumper/sink/object-key.ts";
import { operatorImage } from "../../scripts/image-list.ts";
import type { KubeObject } from "../../synth/render.ts";
import type { AuditEvent } from "../bed/audit.ts";
import { type Cluster, startNode } from "../bed/cluster.ts";
import { run } from "../bed/command.ts";
import { postgresClients } from "../bed/postgres-clients.ts";
import { postgresImage } from "../bed/postgres-image.ts";
import { versitygwImage } from "../bed/s3-image.ts";
import { until } from "../bed/wait.ts";
import { projectImages } from "./project-images.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const s3Keys = { accessKey: "end-to-end-access", secretKey: "end-to-end-secret-key" };
const bucket = "snapshots";
const identity = "system:serviceaccount:ksnapshot:ksnapshot";

/** A cluster with a node, on which the project is installed as its README says, with an S3 server in the cluster. */
export interface NodeInstallation {
  readonly cluster: Cluster;
  /** The secret key of the bucket, which must show up nowhere. */
  readonly secretKey: string;
  /** Where the bucket's objects lie as files, for a look that needs no client of ours. */
  readonly bucketDirectory: string;
  apply(...objects: readonly KubeObject[]): Promise<void>;
  /** Waits until the operator has begun and ended so many passes from now. */
  passes(count: number): Promise<void>;
  operatorLog(): Promise<string>;
  /** The operator's writes so far. */
  writes(): readonly AuditEvent[];
  /** The stored manifests of a workload, oldest first. */
  manifestsOf(owner: string): Promise<readonly StoredManifest[]>;
  /** Runs a command of ours inside the cluster's network, on the installation's storage. */
  ksnapshot(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>;
  stop(): Promise<void>;
}

export interface StoredManifest {
  readonly key: string;
  readonly manifest: SnapshotManifest;
}

/** Applies `dist/` of a configuration that names the S3 server's Service. Interval: 2 s; log: debug, a line a pass. */
export async function startNodeInstallation(watchNamespaces: readonly string[]): Promise<NodeInstallation> {
  const work = await mkdtemp(join(tmpdir(), "ksnapshot-end-to-end-"));
  const cluster = await startNode();
  try {
    return await install(cluster, work, watchNamespaces);
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

async function install(cluster: Cluster, work: string, watchNamespaces: readonly string[]): Promise<NodeInstallation> {
  const images = [...(await projectImages()), await postgresImage(16), await versitygwImage()];
  for (const image of images) await cluster.importImage(image);
  for (const namespace of [...watchNamespaces, "storage"]) await cluster.kubectl(["create", "namespace", namespace]);
  const apply = async (...items: readonly KubeObject[]) => {
    await cluster.kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  };
  const objects = join(work, "objects");
  await mkdir(join(objects, bucket), { recursive: true });
  await run("chown", ["-R", "65532:65532", objects]);
  await apply(...s3Objects(objects));
  await cluster.kubectl(["-n", "storage", "wait", "--for=condition=Ready", "pod/s3", "--timeout=60s"]);
  await applyDist(cluster, work, watchNamespaces);
  const address = await cluster.kubectl(["-n", "storage", "get", "service", "s3", "-o", "jsonpath={.spec.clusterIP}"]);
  const storage = {
    ...{ BACKEND_TYPE: "s3", BACKEND_BUCKET: bucket, BACKEND_S3_ENDPOINT: `http://${address}:7070` },
    ...{ BACKEND_S3_ACCESS_KEY: s3Keys.accessKey, BACKEND_S3_SECRET_KEY: s3Keys.secretKey },
  };
  const path = `${await postgresClients()}:${process.env["PATH"] ?? ""}`;
  const operatorLog = () => cluster.kubectl(["-n", "ksnapshot", "logs", "deployment/ksnapshot", "--tail=-1"]);
  const countPasses = async () => (await operatorLog()).split('"Pass ended"').length - 1;
  return {
    ...{ cluster, apply, operatorLog },
    secretKey: s3Keys.secretKey,
    bucketDirectory: join(objects, bucket),
    // One more: the pass that is under way now may have observed before what the test has just done.
    passes: async (count) => {
      const before = await countPasses();
      await until(`${String(count)} passes`, 120_000, async () => (await countPasses()) > before + count);
    },
    writes: () => cluster.auditEvents().filter(({ user }) => user.username === identity),
    manifestsOf: (owner) => manifestsOf(join(objects, bucket), owner),
    ksnapshot: (args, env = {}) =>
      cluster.inClusterNetwork([process.execPath, join(root, "cli/main.ts"), ...args], {
        env: { ...storage, PATH: path, ...env },
      }),
    stop: async () => {
      await cluster.stop();
      await rm(work, { recursive: true, force: true });
    },
  };
}

/** As the README's first screen does it: configuration, synth, apply, Secret. */
async function applyDist(cluster: Cluster, work: string, watchNamespaces: readonly string[]): Promise<void> {
  const config = {
    watchNamespaces,
    storage: { s3: { bucket, endpoint: "http://s3.storage.svc.cluster.local:7070" } },
    operator: { reconcileIntervalSeconds: 2, logLevel: "debug" },
  };
  const file = join(work, "ksnapshot.yaml");
  await writeFile(file, JSON.stringify(config)); // JSON is YAML
  const dist = join(work, "dist");
  await run(process.execPath, [join(root, "cli/main.ts"), "synth", "--config", file, "--out", dist]);
  await cluster.kubectl(["apply", "--server-side", "-f", `${dist}/`]);
  const keys = [`AWS_ACCESS_KEY_ID=${s3Keys.accessKey}`, `AWS_SECRET_ACCESS_KEY=${s3Keys.secretKey}`];
  const literals = keys.map((key) => `--from-literal=${key}`);
  await cluster.kubectl(["-n", "ksnapshot", "create", "secret", "generic", "ksnapshot-secret", ...literals]);
  await cluster.kubectl(["-n", "ksnapshot", "rollout", "status", "deployment/ksnapshot", "--timeout=120s"]);
  const image = await cluster.kubectl([
    "-n",
    "ksnapshot",
    "get",
    "pods",
    "-o",
    "jsonpath={.items[0].spec.containers[0].image}",
  ]);
  if (image !== operatorImage.name) throw new Error(`the operator runs ${image}, not ${operatorImage.name}`);
}

/** versitygw keeps objects as files below a folder of the node. */
function s3Objects(directory: string): readonly KubeObject[] {
  const labels = { app: "s3" };
  const env = { ROOT_ACCESS_KEY: s3Keys.accessKey, ROOT_SECRET_KEY: s3Keys.secretKey };
  return [
    {
      ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "s3", namespace: "storage", labels } },
      spec: {
        containers: [
          {
            name: "s3",
            image: "localhost/versitygw:1",
            env: Object.entries(env).map(([name, value]) => ({ name, value })),
            volumeMounts: [{ name: "objects", mountPath: "/data" }],
            readinessProbe: { tcpSocket: { port: 7070 }, periodSeconds: 1 },
          },
        ],
        volumes: [{ name: "objects", hostPath: { path: directory } }],
      },
    },
    {
      ...{ apiVersion: "v1", kind: "Service", metadata: { name: "s3", namespace: "storage" } },
      spec: { selector: labels, ports: [{ port: 7070 }] },
    },
  ];
}

async function manifestsOf(directory: string, owner: string): Promise<readonly StoredManifest[]> {
  const keys = (await readdir(directory, { recursive: true })).filter(isManifestKey);
  const all = keys.map(async (key) => ({ key, manifest: decodeManifest(await readFile(join(directory, key)), key) }));
  return (await Promise.all(all))
    .filter(({ manifest }) => `${manifest.owner?.namespace ?? ""}/${manifest.owner?.name ?? ""}` === owner)
    .sort((a, b) => a.manifest.startedAt.localeCompare(b.manifest.startedAt));
}
