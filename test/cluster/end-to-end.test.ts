import { createReadStream } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type kplus from "cdk8s-plus-28";
import { cronJobName } from "../../synth/names.ts";
import type { KubeObject } from "../../synth/render.ts";
import { agePrograms } from "../bed/age.ts";
import { run } from "../bed/command.ts";
import { postgresClients } from "../bed/postgres-clients.ts";
import { until } from "../bed/wait.ts";
import { type NodeInstallation, type StoredManifest, startNodeInstallation } from "../support/node-installation.ts";
import { databaseObjects, serviceObject, type WorkloadOptions, workloadObject } from "../support/workloads.ts";

const server = { image: "localhost/postgres:16", readinessProbe: { tcpSocket: { port: 5432 }, periodSeconds: 1 } };
const everyMinute = { schedule: "* * * * *" };
const hostileDatabase = "$(BACKEND_S3_SECRET_KEY)$(POSTGRESQL_PASSWORD)";
const ordersCronJob = cronJobName("postgresql", "shop", "orders");
const ledgerCronJob = cronJobName("postgresql", "billing", "ledger");
const minutes = 60_000;
const fill = `
  CREATE TABLE items AS SELECT i AS id, md5(i::text) AS name, now() - i * interval '1 minute' AS at FROM generate_series(1, 50000) i;
  CREATE TABLE "odd ""name""" (payload bytea, note text); INSERT INTO "odd ""name""" VALUES ('\\x00ff', E'tab\\t and \\U0001F418')`;
const contents = `SELECT 'items ' || count(*) || ' ' || sum(hashtextextended(t::text, 0)::numeric) FROM items t
  UNION ALL SELECT 'odd ' || count(*) || ' ' || sum(hashtextextended(t::text, 0)::numeric) FROM "odd ""name""" t ORDER BY 1`;

let installation: NodeInstallation;
let work: string;
let recipient: string;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), "ksnapshot-keys-"));
  const identity = await run((await agePrograms()).keygen, []);
  await writeFile(identityFile(), identity, { mode: 0o600 });
  recipient = /public key: (\S+)/.exec(identity)?.[1] ?? "";
  installation = await startNodeInstallation(["shop", "billing"]);
  await installation.apply(...database("scratch"));
}, 30 * minutes);

afterAll(async () => {
  await installation.stop();
  await rm(work, { recursive: true, force: true });
}, minutes);

describe("two annotated databases", () => {
  beforeAll(async () => {
    const encrypted = {
      ...everyMinute,
      "encryption-enabled": "true",
      "encryption-recipient": recipient,
      compression: "zstd",
    };
    await installation.apply(...database("orders", { annotations: everyMinute }));
    await installation.apply(
      ...database("ledger", { kind: "StatefulSet", namespace: "billing", annotations: encrypted }),
    );
    await installation.passes(1);
    await ready("shop", "deployment/orders", "deployment/scratch");
    await ready("billing", "statefulset/ledger");
    await sql("shop", "deployment/orders", "shop", fill);
    await sql("billing", "statefulset/ledger", "shop", fill);
  }, 3 * minutes);

  test("have their CronJob and Secret after one pass", async () => {
    const names = await kubectl("-n ksnapshot get cronjobs,secrets -o name");

    expect(names.split("\n").filter((name) => name.includes("postgresql"))).toEqual([
      `cronjob.batch/${ledgerCronJob}`,
      `cronjob.batch/${ordersCronJob}`,
      `secret/${ledgerCronJob}-credentials`,
      `secret/${ordersCronJob}-credentials`,
    ]);
  });

  test(
    "are dumped when the minute comes, by a pod that is nobody and may nothing",
    async () => {
      await snapshotOf("shop/orders");
      await snapshotOf("billing/ledger");

      const pods = ["get", "pods", "-l", "job-name", "--field-selector", "status.phase=Succeeded", "-o", "json"];
      const items = await until("a pod to have ended well", minutes, async () => {
        const list = JSON.parse(await kubectl("-n ksnapshot", ...pods)) as PodList;
        return list.items.length > 0 && list.items;
      });
      for (const { spec, status } of items) {
        expect(spec).toMatchObject({
          serviceAccountName: "ksnapshot-backup",
          automountServiceAccountToken: false,
          securityContext: { runAsNonRoot: true, runAsUser: 65532 },
          containers: [{ securityContext: { readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } } }],
        });
        expect(spec.volumes).toEqual([{ name: "tmp", emptyDir: {} }]); // no token, of whatever kind
        expect(status.containerStatuses?.[0]?.state.terminated?.message).toMatch(
          /^{"result":"stored","exitCode":0,"key":/,
        );
      }
    },
    4 * minutes,
  );

  test(
    "come back by ksnapshot restore with equal contents",
    async () => {
      const { key } = await snapshotOf("shop/orders");

      const to = await emptyDatabase("orders_copy");
      await installation.ksnapshot(["restore", key, "--to", to], { PGPASSWORD: "correct horse" });

      expect(await sql("shop", "deployment/scratch", "orders_copy", contents)).toBe(
        await sql("shop", "deployment/orders", "shop", contents),
      );
    },
    2 * minutes,
  );

  test(
    "come back by age, zstd and psql alone where they are encrypted",
    async () => {
      const { manifest } = await snapshotOf("billing/ledger");
      const file = join(installation.bucketDirectory, manifest.objects[0]?.key ?? "");
      const to = await emptyDatabase("ledger_copy");

      const script =
        'age=$1 identity=$2 file=$3 psql=$4 url=$5; "$age" -d -i "$identity" "$file" | zstd -dc | sed "1,/^SET client_min_messages/{/^SET transaction_timeout/d}" | "$psql" -X -q -v ON_ERROR_STOP=1 "$url"';
      const { age } = await agePrograms();
      const psql = join(await postgresClients(), "psql");
      const args = ["bash", "-o", "pipefail", "-c", script, "restore", age, identityFile(), file, psql, to];
      await installation.cluster.inClusterNetwork(args, { env: { PGPASSWORD: "correct horse" } });

      expect(manifest.recipients).toEqual([recipient]);
      expect(await firstBytes(file, 21)).toBe("age-encryption.org/v1");
      expect(await sql("shop", "deployment/scratch", "ledger_copy", contents)).toBe(
        await sql("billing", "statefulset/ledger", "shop", contents),
      );
    },
    2 * minutes,
  );

  test(
    "cost no write at all in twelve passes without a change",
    async () => {
      await installation.passes(1);
      const before = installation.writes().length;

      await installation.passes(12);

      expect(installation.writes().slice(before)).toEqual([]);
      expect(before).toBeGreaterThan(0); // or the log would not have shown one
    },
    3 * minutes,
  );
});

describe("what does not remove or change a schedule", () => {
  const troubles: readonly (readonly [string, () => Promise<unknown>, () => Promise<unknown>])[] = [
    [
      "an annotation that became invalid",
      () => installation.apply(orders({ annotations: { schedule: "61 * * * *" } })),
      () => installation.apply(orders()),
    ],
    [
      "a workload scaled to zero",
      () => kubectl("-n shop scale deployment/orders --replicas=0"),
      () => kubectl("-n shop scale deployment/orders --replicas=1"),
    ],
    [
      "a Service removed",
      () => kubectl("-n shop delete service orders"),
      () => installation.apply(serviceObject("orders")),
    ],
    ["an evicted pod with the old schedule", evictedPod, () => kubectl("-n shop delete pod evicted")],
    [
      "another namespace whose RoleBinding is gone",
      () => kubectl("-n billing delete rolebinding ksnapshot-watch"),
      restoreRoleBinding,
    ],
  ];

  test.each(troubles)(
    "%s",
    async (_name, begin, end) => {
      await installation.passes(1);
      const before = await schedules();
      const writes = installation.writes().length;

      await begin();
      await installation.passes(2);
      const during = await schedules();
      await end();
      await installation.passes(2);

      expect(before).toHaveLength(2);
      expect(during).toEqual(before);
      expect(await schedules()).toEqual(before);
      expect(installation.writes().slice(writes)).toEqual([]);
    },
    3 * minutes,
  );

  /** The cluster's own install made it; applying the object anew is what an admin would do. */
  async function restoreRoleBinding(): Promise<void> {
    const role = ["--role=ksnapshot-watch", "--serviceaccount=ksnapshot:ksnapshot"];
    await kubectl("-n billing create rolebinding ksnapshot-watch", ...role);
  }

  async function evictedPod(): Promise<void> {
    const pods = await kubectl("-n shop get pods -l app=orders -o json");
    const [live] = (JSON.parse(pods) as { items: KubeObject[] }).items;
    const { labels, ownerReferences } = { ownerReferences: [], ...live?.metadata };
    const annotations = { ...annotationsOf(live), "ksnapshot.clickandmortar.fr/schedule": "5 5 5 5 *" };
    const spec = { nodeName: "gone", containers: [{ name: "postgres", ...server }] };
    const metadata = {
      name: "evicted",
      namespace: "shop",
      labels: { ...labels, app: "evicted" },
      annotations,
      ownerReferences,
    };
    await installation.apply({ apiVersion: "v1", kind: "Pod", metadata, spec });
    const status = JSON.stringify({ status: { phase: "Failed", reason: "Evicted" } });
    await kubectl("-n shop patch pod evicted --subresource=status --type=merge -p", status);
  }
});

test(
  "a database and annotations that ask for our secrets get them nowhere",
  async () => {
    const annotations = { schedule: "0 0 1 1 *", database: hostileDatabase };
    const env = [
      ...["username", "password"].map((key) => ({
        name: `POSTGRES_${key === "username" ? "USER" : "PASSWORD"}`,
        valueFrom: { secretKeyRef: { name: "hostile", key } },
      })),
      { name: "POSTGRES_DB", value: hostileDatabase },
    ];
    await installation.apply(...database("hostile", { annotations, container: { ...server, env } }));
    await ready("shop", "deployment/hostile");
    await installation.passes(2);

    await kubectl(`-n ksnapshot create job hostile --from=cronjob/${cronJobName("postgresql", "shop", "hostile")}`);
    await kubectl("-n ksnapshot wait --for=condition=Complete job/hostile --timeout=60s");

    const { key, manifest } = await snapshotOf("shop/hostile");
    expect(manifest.objects[0]).toMatchObject({
      name: hostileDatabase,
      key: expect.stringContaining("-%24%28BACKEND_S3_SECRET_KEY%29%24%28POSTGRESQL_PASSWORD%29-") as unknown,
    });
    const cronJobs = await kubectl("-n ksnapshot get cronjobs,jobs,pods,events -o json");
    const jobLog = await kubectl("-n ksnapshot logs job/hostile");
    const listing = (await readdir(installation.bucketDirectory, { recursive: true })).join();
    for (const seen of [key, JSON.stringify(manifest), cronJobs, jobLog, listing, await installation.operatorLog()]) {
      expect(seen).not.toContain(installation.secretKey);
      expect(seen).not.toContain("correct horse");
    }
  },
  3 * minutes,
);

test(
  "a Deployment deleted while its Job runs loses its CronJob, and the Job's snapshot stands",
  async () => {
    await ready("shop", "deployment/orders");
    await sql("shop", "deployment/orders", "shop", fill); // its data went when it was scaled to zero
    await kubectl(`-n ksnapshot patch cronjob ${ordersCronJob} --type=merge -p`, '{"spec":{"suspend":true}}');
    const lock = sql(
      "shop",
      "deployment/orders",
      "shop",
      "BEGIN; LOCK TABLE items IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(15)",
    );
    await kubectl(`-n ksnapshot create job last-one --from=cronjob/${ordersCronJob}`);
    await until("pg_dump to wait for the lock", minutes, async () => {
      const waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE application_name IN ('pg_dump', 'ksnapshot') AND wait_event_type = 'Lock'";
      return (await sql("shop", "deployment/orders", "postgres", waiting)) === "1";
    });

    await kubectl("-n shop delete deployment/orders --wait=false");
    await until(
      "its CronJob to be gone",
      minutes,
      async () => !(await schedules()).some((line) => line.includes(ordersCronJob)),
    );
    const secretDuring = await kubectl(`-n ksnapshot get secret ${ordersCronJob}-credentials -o name`);
    await kubectl("-n ksnapshot wait --for=condition=Complete job/last-one --timeout=90s");
    await lock.catch(() => "the server ended under it");

    const stored = (await installation.manifestsOf("shop/orders")).find(({ key }) => key.includes("last-one"));
    expect(secretDuring).not.toBe("");
    await installation.ksnapshot(["verify", stored?.key ?? ""]);
    await until("its Secret to be gone", minutes, async () => {
      const secrets = await kubectl("-n ksnapshot get secrets -o name");
      return !secrets.includes(ordersCronJob);
    });
  },
  5 * minutes,
);

interface PodList {
  readonly items: readonly {
    readonly spec: kplus.k8s.PodSpec;
    readonly status: {
      readonly containerStatuses?: readonly {
        readonly state: { readonly terminated?: { readonly message?: string } };
      }[];
    };
  }[];
}

/** `line` is split at its blanks; what holds blanks follows as it is. */
function kubectl(line: string, ...more: readonly string[]): Promise<string> {
  return installation.cluster.kubectl([...line.split(" "), ...more]).then((text) => text.trim());
}

/** A real PostgreSQL that ends only when its clients have left, with its Service and Secret. */
function database(name: string, options: WorkloadOptions = {}): readonly KubeObject[] {
  const off = options.annotations === undefined ? { annotations: { enabled: "false" } } : {};
  const [workload, ...others] = databaseObjects(name, { container: server, ...options, ...off });
  return workload === undefined ? [] : [patient(workload), ...others];
}

/** The Deployment `orders` as it was made, with what `options` say. */
function orders(options: WorkloadOptions = {}): KubeObject {
  return patient(
    workloadObject("orders", {
      container: server,
      ...options,
      annotations: { ...everyMinute, ...options.annotations },
    }),
  );
}

function patient(workload: KubeObject): KubeObject {
  const { template, ...spec } = workload["spec"] as { template: { spec: object } };
  const patientSpec = { ...template.spec, terminationGracePeriodSeconds: 120 };
  return { ...workload, spec: { ...spec, template: { ...template, spec: patientSpec } } };
}

async function ready(namespace: string, ...workloads: readonly string[]): Promise<void> {
  for (const workload of workloads) await kubectl(`-n ${namespace} rollout status ${workload} --timeout=90s`);
}

function sql(namespace: string, workload: string, name: string, statement: string): Promise<string> {
  const psql = ["psql", "-X", "-q", "-A", "-t", "-U", "shop", "-d", name, "-v", "ON_ERROR_STOP=1", "-c", statement];
  return kubectl(`-n ${namespace} exec ${workload} --`, ...psql);
}

/** @returns the URL of a new database on the scratch server */
async function emptyDatabase(name: string): Promise<string> {
  await sql("shop", "deployment/scratch", "postgres", `CREATE DATABASE ${name}`);
  const address = await kubectl("-n shop get service scratch -o", "jsonpath={.spec.clusterIP}");
  return `postgres://shop@${address}:5432/${name}`;
}

function snapshotOf(owner: string): Promise<StoredManifest> {
  return until(`a snapshot of ${owner}`, 3 * minutes, async () => (await installation.manifestsOf(owner)).at(-1));
}

/** What a CronJob is, without what its controller reports. */
async function schedules(): Promise<readonly string[]> {
  const columns = "custom-columns=:metadata.name,:metadata.uid,:metadata.generation,:spec.schedule,:spec.suspend";
  const lines = await kubectl(`-n ksnapshot get cronjobs --no-headers -o ${columns}`);
  return lines.split("\n").filter((line) => /orders|ledger/.test(line));
}

function annotationsOf(object: KubeObject | undefined): Readonly<Record<string, string>> {
  return object?.metadata.annotations ?? {};
}

async function firstBytes(file: string, count: number): Promise<string> {
  for await (const chunk of createReadStream(file, { end: count - 1 })) return String(chunk);
  return "";
}

function identityFile(): string {
  return join(work, "identity.txt");
}
