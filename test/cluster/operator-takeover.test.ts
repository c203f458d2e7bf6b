import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { request } from "node:https";
import type { AddressInfo } from "node:net";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { cronJobName } from "../../synth/names.ts";
import type { KubeObject } from "../../synth/render.ts";
import { expectNoFaults, type OperatorBed, startOperatorBed } from "../support/operator.ts";
import { databaseObjects } from "../support/workloads.ts";

let bed: OperatorBed;
const proxies: Server[] = [];

beforeAll(async () => {
  bed = await startOperatorBed();
}, 600_000);

afterAll(async () => {
  for (const proxy of proxies) {
    proxy.closeAllConnections();
    proxy.close();
  }
  await bed.cluster.stop();
}, 60_000);

test("makes the original's CronJob and Secret equal to its own in one pass, whatever was in them", async () => {
  await bed.apply(...databaseObjects("web"), ...databaseObjects("fresh"));
  for (const object of [originalSecret("web"), originalCronJob("web")]) await asTheOriginalDoes(object);

  const outcome = await bed.pass();

  expectNoFaults(outcome);
  const [taken, made] = [await bed.objectsOf("shop/web"), await bed.objectsOf("shop/fresh")];
  expect(taken.cronJobs).toHaveLength(1);
  expect(opinionsOf(taken, "web")).toEqual(opinionsOf(made, "fresh"));
  const before = bed.writes().length;
  await bed.pass();
  expect(bed.writes().slice(before)).toEqual([]);
}, 60_000);

test("removes the original's schedule only when every kind that it may have been for is gone", async () => {
  for (const object of [originalSecret("past"), originalCronJob("past"), originalCronJob("kept")])
    await asTheOriginalDoes(object);
  await bed.apply(...databaseObjects("kept", { kind: "StatefulSet", annotations: { schedule: "often" } }));

  await bed.pass();
  await bed.pass();

  expect(await bed.objectsOf("shop/past")).toEqual({ cronJobs: [], secrets: [] });
  expect((await bed.objectsOf("shop/kept")).cronJobs).toMatchObject([{ spec: { schedule: "30 1 * * *" } }]);
}, 60_000);

test("leaves the CronJob of a namespace that is not watched as it is", async () => {
  await asTheOriginalDoes(originalCronJob("db", "elsewhere"));
  const before = await bed.objectsOf("elsewhere/db");

  const outcome = await bed.pass();

  expect(outcome.diagnostics).toMatchObject([
    { code: "annotation-invalid" },
    { code: "namespace-unwatched", subject: { namespace: "elsewhere", name: "db" } },
  ]);
  expect(await bed.objectsOf("elsewhere/db")).toEqual(before);
}, 60_000);

test("leaves what carries the label and no owner alone", async () => {
  const stranger = { ...originalCronJob("stranger"), metadata: { name: "stranger", namespace: "ksnapshot", labels } };
  await asTheOriginalDoes(stranger);

  await bed.pass();

  expect(await bed.cluster.kubectl(["-n", "ksnapshot", "get", "cronjob", "stranger", "-o", "name"])).toContain(
    "stranger",
  );
}, 60_000);

test("leaves a CronJob and a Secret of somebody else that have its own names as they are, and tells of them", async () => {
  await bed.apply(...databaseObjects("cron"), ...databaseObjects("key"));
  const [cronJob, secret] = [originalCronJob("cron"), originalSecret("key")].map((object) => ({
    ...object,
    metadata: { name: object.metadata.name, namespace: "ksnapshot" },
  }));
  for (const object of [cronJob, secret]) if (object !== undefined) await asTheOriginalDoes(object);
  const strangers = ["-n", "ksnapshot", "get", "-o", "json"];
  const look = () =>
    bed.cluster.kubectl([...strangers, `cronjob/${nameOf("cron")}`, `secret/${nameOf("key")}-credentials`]);
  const before = await look();

  const outcome = await bed.pass();

  expectNoFaults(outcome);
  const collisions = outcome.diagnostics.filter(({ code }) => code === "name-collision");
  expect(collisions.map(({ subject }) => subject.name).sort()).toEqual(["cron", "key"]);
  expect(await look()).toBe(before);
  expect(await bed.objectsOf("shop/cron")).toEqual({ cronJobs: [], secrets: [] });
  expect(await bed.objectsOf("shop/key")).toEqual({ cronJobs: [], secrets: [] });
  await bed.cluster.kubectl(["-n", "shop", "delete", "deployment", "cron", "key"]);
}, 60_000);

test("takes a proxy's page for nobody's word: neither an owner is gone by it nor a Secret missing", async () => {
  await asTheOriginalDoes(originalCronJob("away"));
  await bed.apply(...databaseObjects("hidden"));
  await bed.pass(await behindProxy(/^$/)); // the proxy itself works
  expect(await bed.objectsOf("shop/away")).toEqual({ cronJobs: [], secrets: [] });
  await asTheOriginalDoes(originalCronJob("away"));
  const before = [await bed.objectsOf("shop/away"), await bed.objectsOf("shop/hidden")];
  expect(before.map(({ cronJobs }) => cronJobs.length)).toEqual([1, 1]);

  const outcome = await bed.pass(await behindProxy(/\/(away|hidden)$/));

  expect(await Promise.all(["shop/away", "shop/hidden"].map((owner) => bed.objectsOf(owner)))).toEqual(before);
  const codes = outcome.diagnostics.flatMap(({ code, subject }) =>
    ["away", "hidden"].includes(subject.name) ? [`${code} ${subject.name}`] : [],
  );
  expect(new Set(codes)).toEqual(new Set(["owner-unknown away", "credential-unreadable hidden"]));
}, 60_000);

/** By way of a proxy that answers paths of which it knows nothing with a page of its own. */
async function behindProxy(unknown: RegExp): Promise<KubeConfig> {
  const direct = new KubeConfig();
  direct.loadFromFile(bed.kubeconfig);
  const cluster = direct.getCurrentCluster();
  const ca = Buffer.from(cluster?.caData ?? "", "base64");
  const proxy = createServer((incoming, response) => {
    const { method = "GET", headers, url = "" } = incoming;
    if (unknown.test(url)) {
      response.writeHead(404, { "content-type": "text/html" }).end("<h1>404 Not Found</h1>");
      return;
    }
    const forwarded = request(`${bed.cluster.server}${url}`, { method, headers, ca }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(forwarded);
  });
  proxies.push(proxy);
  await once(proxy.listen(0, "127.0.0.1"), "listening");
  const server = `http://127.0.0.1:${String((proxy.address() as AddressInfo).port)}`;
  const through = new KubeConfig();
  through.loadFromOptions({
    ...{ clusters: [{ name: "bed", server, skipTLSVerify: true }], users: direct.users },
    ...{ contexts: direct.contexts, currentContext: direct.currentContext },
  });
  return through;
}

function nameOf(name: string): string {
  return cronJobName("postgresql", "shop", name);
}

const labels = { "app.kubernetes.io/managed-by": "ksnapshot" };

/** Created, and then replaced: other field managers, of operation Update. */
async function asTheOriginalDoes(object: KubeObject): Promise<void> {
  await bed.cluster.kubectl(["create", "--field-manager=original", "-f", "-"], JSON.stringify(object));
  const touched = {
    ...object,
    metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, touched: "yes" } },
  };
  await bed.cluster.kubectl(["replace", "--field-manager=node-fetch", "-f", "-"], JSON.stringify(touched));
}

function metadata(owner: string, name: string) {
  return { name, namespace: "ksnapshot", labels, annotations: { "ksnapshot.clickandmortar.fr/owner": owner } };
}

function originalSecret(name: string): KubeObject {
  const keys = ["POSTGRESQL_USERNAME", "POSTGRESQL_PASSWORD", "POSTGRESQL_DATABASE", "EXTRA_KEY"];
  return {
    ...{ apiVersion: "v1", kind: "Secret", type: "Opaque" },
    metadata: metadata(`shop/${name}`, `${cronJobName("postgresql", "shop", name)}-credentials`),
    data: Object.fromEntries(keys.map((key) => [key, "b2xk"])),
  };
}

function originalCronJob(name: string, namespace = "shop"): KubeObject {
  const securityContext = {
    ...{ fsGroup: 65532, runAsGroup: 65532, runAsUser: 65532, runAsNonRoot: true },
    seccompProfile: { type: "RuntimeDefault" },
  };
  const env = [
    { name: "BACKEND_TYPE", value: "s3" },
    { name: "BACKEND_PATH", value: "ksnapshot" },
    { name: "EXTRA", value: "old" },
  ];
  const container = {
    name: "job",
    image: "old/dumper:1",
    imagePullPolicy: "Always",
    env,
    volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
  };
  const podSpec = {
    ...{
      restartPolicy: "Never",
      automountServiceAccountToken: false,
      serviceAccountName: "ksnapshot-backup-sa",
      securityContext,
    },
    volumes: [{ name: "tmp", emptyDir: {} }],
    containers: [container, { name: "second", image: "old/second:1" }],
  };
  return {
    ...{ apiVersion: "batch/v1", kind: "CronJob" },
    metadata: metadata(`${namespace}/${name}`, cronJobName("postgresql", namespace, name)),
    spec: {
      ...{ schedule: "30 1 * * *", timeZone: "Etc/UTC", concurrencyPolicy: "Forbid", startingDeadlineSeconds: 100 },
      ...{ failedJobsHistoryLimit: 1, successfulJobsHistoryLimit: 1 },
      jobTemplate: {
        spec: { activeDeadlineSeconds: 14400, backoffLimit: 0, template: { metadata: { labels }, spec: podSpec } },
      },
    },
  };
}

/** Everything but what only the server says, with the workload's own name blanked. */
function opinionsOf(objects: Awaited<ReturnType<OperatorBed["objectsOf"]>>, name: string): unknown {
  const cronJob = cronJobName("postgresql", "shop", name);
  const kept = [...objects.cronJobs, ...objects.secrets].map((object) => ({
    ...{ kind: object.kind, spec: object["spec"], data: object["data"], type: object["type"] },
    ...{ labels: object.metadata.labels, annotations: object.metadata.annotations, name: object.metadata.name },
  }));
  const text = JSON.stringify(kept).replaceAll(cronJob, "<cronjob>").replaceAll(`shop/${name}`, "<owner>");
  const withoutUid = text.replace(/("KSNAPSHOT_OWNER_UID","value":)"[^"]+"/, '$1"<uid>"');
  return JSON.parse(withoutUid.replaceAll(`${name}.shop.svc`, "<service>"));
}
