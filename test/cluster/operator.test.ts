import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { codesOf, expectNoFaults, type OperatorBed, startOperatorBed } from "../support/operator.ts";
import { databaseObjects, serviceObject, workloadObject } from "../support/workloads.ts";
import { until } from "../bed/wait.ts";

let bed: OperatorBed;

beforeAll(async () => {
  bed = await startOperatorBed();
}, 600_000);

afterAll(async () => {
  await bed.cluster.stop();
}, 60_000);

afterEach(async () => {
  for (const namespace of ["shop", "billing"]) {
    await kubectl("-n", namespace, "delete", "deployments,statefulsets,services,secrets", "--all", "--wait=false");
    await until(
      "the pods to go",
      60_000,
      async () => (await kubectl("-n", namespace, "get", "pods", "-o", "name")) === "",
    );
  }
  await bed.passUntil("an empty operator", () => countOwned().then((count) => count === 0));
}, 120_000);

test("makes a CronJob and a Secret for an annotated Deployment and StatefulSet in one pass", async () => {
  await bed.apply(
    ...databaseObjects("web"),
    ...databaseObjects("store", { kind: "StatefulSet", namespace: "billing" }),
  );

  const outcome = await bed.pass();

  expectNoFaults(outcome);
  expect(outcome.diagnostics).toEqual([]);
  expect(outcome.applied).toHaveLength(4);
  const web = await bed.objectsOf("shop/web");
  expect(web.cronJobs).toMatchObject([
    {
      metadata: { annotations: { "ksnapshot.clickandmortar.fr/owner-kind": "Deployment" } },
      spec: { schedule: "0 3 * * *" },
    },
  ]);
  expect(web.secrets.map(({ data }) => decoded(data))).toEqual([
    { POSTGRESQL_USERNAME: "shop", POSTGRESQL_PASSWORD: "correct horse", POSTGRESQL_DATABASE: "shop" },
  ]);
  expect((await bed.objectsOf("billing/store")).cronJobs).toHaveLength(1);
  const uid = await kubectl("get", "namespace", "ksnapshot", "-o", "jsonpath={.metadata.uid}");
  expect(JSON.stringify(web.cronJobs)).toContain(JSON.stringify({ name: "KSNAPSHOT_CLUSTER", value: uid }));
  const ownerUid = await kubectl("-n", "shop", "get", "deployment", "web", "-o", "jsonpath={.metadata.uid}");
  expect(JSON.stringify(web.cronJobs)).toContain(JSON.stringify({ name: "KSNAPSHOT_OWNER_UID", value: ownerUid }));
}, 60_000);

test("writes nothing in twelve passes without a change", async () => {
  const recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
  const encrypted = { "encryption-enabled": "true", "encryption-recipient": recipient, compression: "zstd" };
  await bed.apply(
    ...databaseObjects("web"),
    ...databaseObjects("dollar", { annotations: { database: "$(BACKEND_S3_SECRET_KEY)", ...encrypted } }),
    ...databaseObjects("broken", { annotations: { schedule: "often" } }),
    ...databaseObjects("search", { annotations: { type: "elasticsearch", port: "5432" } }),
  );
  await bed.pass();
  const before = bed.writes().length;

  for (let pass = 0; pass < 12; pass++) await bed.pass();

  expect(bed.writes().slice(before)).toEqual([]);
}, 60_000);

test("mends what somebody else changed or took away", async () => {
  await bed.apply(...databaseObjects("web"));
  await bed.pass();
  const [cronJob] = (await bed.objectsOf("shop/web")).cronJobs;
  const name = cronJob?.metadata.name ?? "";
  const changes = [
    { op: "replace", path: "/spec/schedule", value: "* * * * *" },
    { op: "remove", path: "/spec/jobTemplate/spec/template/spec/automountServiceAccountToken" },
    { op: "remove", path: "/spec/jobTemplate/spec/template/spec/containers/0/env/0" },
    {
      op: "replace",
      path: "/spec/jobTemplate/spec/template/spec/containers/0/env/0",
      value: { name: "BACKEND_PATH", value: "x" },
    },
  ];
  await kubectl("-n", "ksnapshot", "patch", "cronjob", name, "--type=json", "-p", JSON.stringify(changes));

  expectNoFaults(await bed.pass());

  expect((await bed.objectsOf("shop/web")).cronJobs).toMatchObject([{ spec: cronJob?.["spec"] as object }]);
}, 60_000);

test("takes back a field that it said before and says no more", async () => {
  const recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
  await bed.apply(
    ...databaseObjects("web", { annotations: { "encryption-enabled": "true", "encryption-recipient": recipient } }),
  );
  await bed.pass();
  expect(JSON.stringify((await bed.objectsOf("shop/web")).cronJobs[0]?.["spec"])).toContain("ENCRYPTION_RECIPIENT");
  await bed.apply(...databaseObjects("web"));

  expectNoFaults(await bed.pass());

  expect(JSON.stringify((await bed.objectsOf("shop/web")).cronJobs[0]?.["spec"])).not.toContain("ENCRYPTION_RECIPIENT");
}, 60_000);

test.each<[string, string, () => Promise<unknown>]>([
  [
    "its annotation is broken",
    "annotation-invalid",
    () => bed.apply(workloadObject("web", { annotations: { enabled: "yes" } })),
  ],
  [
    "its key enabled is taken away, and other keys of ours stay",
    "annotation-missing",
    () => bed.apply(workloadObject("web", { annotations: { enabled: null } })),
  ],
  [
    "its schedule is taken away",
    "annotation-missing",
    () => bed.apply(workloadObject("web", { annotations: { schedule: null } })),
  ],
  ["its Service is deleted", "service-missing", () => kubectl("-n", "shop", "delete", "service", "web")],
  ["a second Service selects it", "service-ambiguous", () => bed.apply(second())],
  ["its Secret is deleted", "credential-missing", () => kubectl("-n", "shop", "delete", "secret", "web")],
])(
  "keeps the CronJob as it is when %s",
  async (_, code, breakIt) => {
    await bed.apply(...databaseObjects("web"));
    await bed.pass();
    const before = await bed.objectsOf("shop/web");
    await breakIt();

    const outcome = await bed.pass();

    expect(new Set(codesOf(outcome))).toEqual(new Set([code]));
    expect(outcome.held).toHaveLength(1);
    expect(await bed.objectsOf("shop/web")).toEqual(before);
  },
  60_000,
);

test("keeps the CronJob of a workload scaled to zero, annotated on its template or on its pods", async () => {
  const unannotated = { enabled: null, type: null, schedule: null };
  await bed.apply(...databaseObjects("web"), ...databaseObjects("byhand", { annotations: unannotated }));
  await until("both pods", 30_000, async () => (await podsOf("shop")).length === 2);
  const [pod = ""] = (await podsOf("shop")).filter((name) => name.includes("byhand"));
  const words = ["enabled=true", "type=postgresql", "schedule=0 3 * * *"].map(
    (word) => `ksnapshot.clickandmortar.fr/${word}`,
  );
  await kubectl("-n", "shop", "annotate", pod, ...words);
  await bed.pass();
  const before = [await bed.objectsOf("shop/web"), await bed.objectsOf("shop/byhand")];
  expect(before.map(({ cronJobs }) => cronJobs.length)).toEqual([1, 1]);
  await kubectl("-n", "shop", "scale", "deployment", "--all", "--replicas=0");
  await until("no pods", 30_000, async () => (await podsOf("shop")).length === 0);

  expect(codesOf(await bed.pass())).toEqual([]);

  expect([await bed.objectsOf("shop/web"), await bed.objectsOf("shop/byhand")]).toEqual(before);
  await kubectl("-n", "shop", "delete", "deployment", "--all");
}, 60_000);

test("keeps the CronJob of pods annotated by hand when a new one comes without a word, until all of them are bare", async () => {
  await bed.apply(...databaseObjects("byhand", { annotations: { enabled: null, type: null, schedule: null } }));
  await until("the pod", 30_000, async () => (await podsOf("shop")).length === 1);
  const [pod = ""] = await podsOf("shop");
  const keys = ["enabled", "type", "schedule"].map((key) => `ksnapshot.clickandmortar.fr/${key}`);
  const [enabled, type, schedule] = keys;
  await kubectl("-n", "shop", "annotate", pod, `${enabled}=true`, `${type}=postgresql`, `${schedule}=@daily`);
  await bed.pass();
  const before = await bed.objectsOf("shop/byhand");
  expect(before.cronJobs).toHaveLength(1);
  await kubectl("-n", "shop", "scale", "deployment", "byhand", "--replicas=2");
  await until("a second pod", 30_000, async () => (await podsOf("shop")).length === 2);

  expect(codesOf(await bed.pass())).toEqual(["enabled-undecided"]);

  expect(await bed.objectsOf("shop/byhand")).toEqual(before);
  await kubectl("-n", "shop", "annotate", pod, ...keys.map((key) => `${key}-`));
  await bed.passUntil("the CronJob's removal", async () => (await bed.objectsOf("shop/byhand")).cronJobs.length === 0);
}, 60_000);

test("holds a namespace that it may no longer read, and goes on in the others", async () => {
  await bed.apply(...databaseObjects("web"), ...databaseObjects("store", { namespace: "billing" }));
  await bed.pass();
  const before = await bed.objectsOf("billing/store");
  const binding = await kubectl("-n", "billing", "get", "rolebinding", "ksnapshot-watch", "-o", "json");
  await kubectl("-n", "billing", "delete", "rolebinding", "ksnapshot-watch");
  await kubectl("-n", "billing", "delete", "deployment", "store");
  await bed.apply(workloadObject("web", { annotations: { schedule: "@daily" } }));

  const outcome = await bed.passUntil("the authorizer to notice", (one) =>
    codesOf(one).includes("namespace-unreadable"),
  );

  expect(codesOf(outcome)).toEqual(["namespace-unreadable"]);
  expect(await bed.objectsOf("billing/store")).toEqual(before);
  expect((await bed.objectsOf("shop/web")).cronJobs).toMatchObject([{ spec: { schedule: "@daily" } }]);
  const { metadata, ...rest } = JSON.parse(binding) as { metadata: { name: string; namespace: string } };
  await kubectlWith(
    JSON.stringify({ ...rest, metadata: { name: metadata.name, namespace: "billing" } }),
    "apply",
    "-f",
    "-",
  );
  await bed.passUntil(
    "the authorizer to notice",
    async () => (await bed.objectsOf("billing/store")).cronJobs.length === 0,
  );
}, 120_000);

test.each<[string, () => Promise<unknown>]>([
  ["is deleted", () => kubectl("-n", "shop", "delete", "deployment", "web")],
  [
    "says that it wants no more snapshots",
    () => bed.apply(workloadObject("web", { annotations: { enabled: "false" } })),
  ],
])(
  "removes the schedule of a workload that %s while its Job runs, and the Secret after the Job",
  async (_, end) => {
    await bed.apply(...databaseObjects("web"));
    await bed.pass();
    const [cronJob] = (await bed.objectsOf("shop/web")).cronJobs;
    await kubectl("-n", "ksnapshot", "create", "job", "running", `--from=cronjob/${cronJob?.metadata.name ?? ""}`);
    await end();

    await bed.passUntil("the CronJob's removal", async () => (await bed.objectsOf("shop/web")).cronJobs.length === 0);
    await bed.pass();

    expect(
      await kubectl("-n", "ksnapshot", "get", "job", "running", "-o", "jsonpath={.metadata.deletionTimestamp}"),
    ).toBe("");
    expect((await bed.objectsOf("shop/web")).secrets).toHaveLength(1);
    const deadline = JSON.stringify({ spec: { activeDeadlineSeconds: 1 } });
    await kubectl("-n", "ksnapshot", "patch", "job", "running", "-p", deadline);
    await kubectl("-n", "ksnapshot", "wait", "--for=condition=Failed", "job/running", "--timeout=60s");
    await bed.pass();
    expect((await bed.objectsOf("shop/web")).secrets).toEqual([]);
    await kubectl("-n", "ksnapshot", "delete", "job", "running");
  },
  120_000,
);

test("makes a neighbour's schedule in the same pass, however much others say", async () => {
  const secrets = Array.from({ length: 100 }, (_, index) => ({ secretRef: { name: `none-${index}`, optional: true } }));
  const evil = [
    workloadObject("stars", { replicas: 0, annotations: { schedule: `${"*,".repeat(50_000)}* * * * *` } }),
    workloadObject("secrets", { replicas: 0, container: { env: [], envFrom: secrets } }),
  ];
  await bed.apply(...databaseObjects("web"), ...evil);

  const outcome = await bed.pass();

  expectNoFaults(outcome);
  expect((await bed.objectsOf("shop/web")).cronJobs).toHaveLength(1);
  const told = outcome.diagnostics.map(({ code, subject, problem }) => `${subject.name} ${code} ${problem}`);
  expect(told.filter((line) => line.startsWith("web"))).toEqual([]);
  expect(told.join("\n")).toMatch(/^stars annotation-invalid .* is not a text of at most 4096 characters\.$/m);
  expect(told.join("\n")).toMatch(/^secrets credential-unreadable .* more than 32 Secrets and ConfigMaps/m);
}, 60_000);

test("reports both workloads of one name and touches the CronJob of neither", async () => {
  await bed.apply(...databaseObjects("web"));
  await bed.pass();
  const before = await bed.objectsOf("shop/web");
  await bed.apply(workloadObject("web", { kind: "StatefulSet", annotations: { schedule: "@hourly" } }));

  const outcome = await bed.pass();

  expect(outcome.diagnostics.map(({ code, subject }) => [code, subject.kind]).sort()).toEqual([
    ["name-collision", "Deployment"],
    ["name-collision", "StatefulSet"],
  ]);
  expect(await bed.objectsOf("shop/web")).toEqual(before);
}, 60_000);

test("tells what the jobs will miss, and makes their schedules all the same", async () => {
  await bed.apply(...databaseObjects("web"));
  await kubectl(
    "-n",
    "ksnapshot",
    "patch",
    "configmap",
    "ksnapshot-cm",
    "--type=merge",
    "-p",
    '{"data":{"S3_BUCKET":null}}',
  );
  await kubectl(
    "-n",
    "ksnapshot",
    "patch",
    "secret",
    "ksnapshot-secret",
    "--type=merge",
    "-p",
    '{"data":{"AWS_ACCESS_KEY_ID":null}}',
  );

  const outcome = await bed.pass();

  expect(codesOf(outcome)).toEqual(["config-map-key-missing", "secret-key-missing"]);
  expect((await bed.objectsOf("shop/web")).cronJobs).toHaveLength(1);
  await kubectl(
    "-n",
    "ksnapshot",
    "patch",
    "configmap",
    "ksnapshot-cm",
    "--type=merge",
    "-p",
    '{"data":{"S3_BUCKET":"snapshots"}}',
  );
  await kubectl(
    "-n",
    "ksnapshot",
    "patch",
    "secret",
    "ksnapshot-secret",
    "--type=merge",
    "-p",
    '{"stringData":{"AWS_ACCESS_KEY_ID":"id"}}',
  );
}, 60_000);

function kubectl(...args: readonly string[]): Promise<string> {
  return bed.cluster.kubectl(args);
}

function kubectlWith(input: string, ...args: readonly string[]): Promise<string> {
  return bed.cluster.kubectl(args, input);
}

async function podsOf(namespace: string): Promise<readonly string[]> {
  return (await kubectl("-n", namespace, "get", "pods", "-o", "name")).split("\n").filter((line) => line !== "");
}

async function countOwned(): Promise<number> {
  const label = "app.kubernetes.io/managed-by=ksnapshot";
  const names = await kubectl("-n", "ksnapshot", "get", "cronjobs,secrets", "-l", label, "-o", "name");
  return names
    .split("\n")
    .filter((line) => line.includes("/ksnapshot-postgresql") || line.includes("/ksnapshot-elastic")).length;
}

function second() {
  const service = serviceObject("web");
  return { ...service, metadata: { ...service.metadata, name: "web-too" } };
}

function decoded(data: unknown): Record<string, string> {
  const entries = Object.entries(data as Record<string, string>);
  return Object.fromEntries(entries.map(([key, text]) => [key, Buffer.from(text, "base64").toString()]));
}
