import { expect, test } from "@jest/globals";
import type { NamespaceReading } from "../../../operator/plan/observed.ts";
import { planSnapshots } from "../../../operator/plan/snapshots.ts";
import type { KubeObject } from "../../../synth/render.ts";
import { observedNamespace, podObject, reading } from "../../support/observed.ts";
import { defaultJobSettings } from "../../../synth/hardening.ts";
import { planConfig } from "../../support/plan-config.ts";
import { databaseObjects, secretObject, serviceObject, workloadObject } from "../../support/workloads.ts";

const destination: readonly KubeObject[] = [
  {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "ksnapshot-cm", namespace: "ksnapshot" },
    data: { S3_BUCKET: "b" },
  },
  secretObject("ksnapshot-secret", "ksnapshot", { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "key" }),
];

function plan(objects: readonly KubeObject[], config = planConfig()) {
  const readings: readonly NamespaceReading[] = [{ ok: true, namespace: observedNamespace(objects) }];
  return planSnapshots(readings, config, reading([...objects, ...destination]));
}

function kindAndCodes(objects: readonly KubeObject[]) {
  const [decision] = plan(objects).decisions;
  const said = decision?.kind === "held" ? decision.diagnostics : decision?.kind === "on" ? decision.warnings : [];
  return { kind: decision?.kind, codes: said.map(({ code }) => code) };
}

test("plans a valid workload whole", () => {
  const { decisions, diagnostics } = plan(databaseObjects("web"));

  expect(diagnostics).toEqual([]);
  expect(decisions).toMatchObject([
    {
      kind: "on",
      warnings: [],
      plan: {
        owner: { kind: "Deployment", namespace: "shop", name: "web" },
        ...{ cronJobName: "ksnapshot-postgresql-shop-web-97375646", controlNamespace: "ksnapshot" },
        ...{ engine: { kind: "postgresql", version: "16" }, schedule: "0 3 * * *", timeZone: "Etc/UTC" },
        ...{ host: "web.shop.svc.cluster.local", port: 5432, image: "dumper-postgresql:1" },
        credentials: [
          { name: "POSTGRESQL_USERNAME" },
          { name: "POSTGRESQL_PASSWORD" },
          { name: "POSTGRESQL_DATABASE" },
        ],
      },
    },
  ]);
});

/** Invalid is not absent: only the first two may ever cost a workload its schedule. */
test.each<[string, Record<string, string | null>, string, string[]]>([
  [
    "absent, as are all other keys of ours",
    { enabled: null, type: null, schedule: null, compression: null },
    "off",
    [],
  ],
  ['"false"', { enabled: "false" }, "off", []],
  ['"true"', { enabled: "true" }, "on", []],
  ["absent among keys of ours", { enabled: null }, "held", ["annotation-missing"]],
  ["misspelt", { enabled: null, enable: "true" }, "held", ["annotation-missing", "annotation-unknown"]],
  ['"TRUE"', { enabled: "TRUE" }, "held", ["annotation-invalid"]],
  ['"yes"', { enabled: "yes" }, "held", ["annotation-invalid"]],
  ['"False"', { enabled: "False" }, "held", ["annotation-invalid"]],
  ["an empty text", { enabled: "" }, "held", ["annotation-invalid"]],
  ['" true"', { enabled: " true" }, "held", ["annotation-invalid"]],
])("takes enabled = %s for what it is", (_, annotations, kind, codes) => {
  const pod = podObject("web-1", { owner: { kind: "StatefulSet", name: "web" }, labels: { app: "web" } });
  const said = { compression: "gzip", ...annotations };
  const objects = [...databaseObjects("web", { kind: "StatefulSet", annotations: said }), pod];

  expect(kindAndCodes(objects)).toEqual({ kind, codes });
});

test.each<[string, Record<string, string | null>, string[]]>([
  ["a type that is missing", { type: null }, ["annotation-missing"]],
  ["a type that is unknown", { type: "oracle" }, ["annotation-invalid"]],
  ["a schedule that is missing", { schedule: null }, ["annotation-missing"]],
  ["a schedule that is invalid", { schedule: "often" }, ["annotation-invalid"]],
  ["a version that is unknown", { version: "12" }, ["annotation-invalid"]],
  ["a time zone that is unknown", { timezone: "Mars" }, ["annotation-invalid"]],
  ["a container that is not there", { container: "no" }, ["annotation-invalid"]],
  ["a Service that is not there", { service: "no" }, ["service-missing"]],
  ["a port that leads nowhere", { port: "1" }, ["service-port-missing"]],
  ["encryption without a recipient", { "encryption-enabled": "true" }, ["recipient-missing"]],
  [
    "two wrong annotations and a missing Service at once",
    { schedule: "often", timezone: "Mars", service: "no" },
    ["annotation-invalid", "annotation-invalid", "service-missing"],
  ],
])("holds a workload with %s", (_, annotations, codes) => {
  expect(kindAndCodes(databaseObjects("web", { annotations }))).toEqual({ kind: "held", codes });
});

test("tells the problems of a workload all at once: annotations, Service, credentials and image", () => {
  const objects = [workloadObject("web", { annotations: { schedule: "often" } })];

  const { decisions } = plan(objects, planConfig({ images: {} }));

  expect(decisions.flatMap((one) => (one.kind === "held" ? one.diagnostics.map(({ code }) => code) : []))).toEqual([
    ...["annotation-invalid", "service-missing", "credential-missing", "credential-missing", "image-missing"],
  ]);
});

test("holds the one workload whose planning fails, tells where, and no value; the others go on", () => {
  const objects = [...databaseObjects("bad"), ...databaseObjects("good")];
  const read = reading([...objects, ...destination]);

  const planned = planSnapshots([{ ok: true, namespace: observedNamespace(objects) }], planConfig(), (ref) => {
    if (ref.name === "bad") throw new SyntaxError("unexpected token in hunter2");
    return read(ref);
  });

  expect(planned.decisions.map(({ kind, owner }) => [owner.name, kind])).toEqual([
    ["bad", "held"],
    ["good", "on"],
  ]);
  const [bad] = planned.decisions;
  expect(bad?.kind === "held" && bad.diagnostics).toMatchObject([
    { code: "planning-failed", subject: { name: "bad" } },
  ]);
  const told = JSON.stringify(bad);
  expect(told).toContain("SyntaxError at snapshots.test.ts:");
  expect(told).not.toContain("hunter2");
});

test("warns of a key that does not exist and plans all the same", () => {
  expect(kindAndCodes(databaseObjects("web", { annotations: { shedule: "x" } }))).toEqual({
    kind: "on",
    codes: ["annotation-unknown"],
  });
});

test("names the others of one name in the same order, however the lists are ordered", () => {
  const workloads = (["Deployment", "StatefulSet", "DaemonSet"] as const).map((kind) =>
    workloadObject("web", { kind }),
  );
  const told = (objects: readonly KubeObject[]) =>
    plan(objects)
      .decisions.flatMap((one) => (one.kind === "held" ? one.diagnostics.map(({ problem }) => problem) : []))
      .sort();

  expect(told([...workloads].reverse())).toEqual(told(workloads));
  expect(told(workloads).join(" ")).toContain("which DaemonSet shop/web, Deployment shop/web has or wants too");
});

test("means the same Service by a mistyped name, however the lists are ordered", () => {
  const objects = [
    workloadObject("web", { annotations: { service: "0" } }),
    secretObject("web"),
    ...["a", "b"].map((name) => serviceObject(name)),
  ];
  const remedy = (list: readonly KubeObject[]) =>
    plan(list).decisions.flatMap((one) =>
      one.kind === "held" ? one.diagnostics.map((problem) => problem.remedy) : [],
    );

  expect([remedy(objects), remedy([...objects].reverse())]).toEqual([["Did you mean a?"], ["Did you mean a?"]]);
});

test("holds both workloads of one name, and neither where one of them is off", () => {
  const deployment = databaseObjects("web");
  const codes = (annotations: Record<string, string>) =>
    plan([...deployment, workloadObject("web", { kind: "StatefulSet", annotations })]).decisions.map((one) => [
      one.kind,
      one.kind === "held" ? one.diagnostics.map(({ code }) => code) : [],
    ]);

  expect(codes({ schedule: "@daily" })).toEqual([
    ["held", ["name-collision"]],
    ["held", ["name-collision"]],
  ]);
  expect(codes({ schedule: "often" })).toEqual([
    ["held", ["name-collision"]],
    ["held", ["annotation-invalid", "name-collision"]],
  ]);
  expect(codes({ enabled: "false" })).toEqual([
    ["on", []],
    ["off", []],
  ]);
  expect(codes({ type: "mysql", container: "no" })).toEqual([
    ["on", []],
    ["held", ["annotation-invalid"]],
  ]);
});

test("reports a namespace that could not be read, and decides nothing in it", () => {
  const readings = [{ ok: false as const, name: "shop", problem: "403 forbidden" }];

  const planned = planSnapshots(readings, planConfig(), reading(destination));

  expect(planned.decisions).toEqual([]);
  expect(planned.diagnostics).toMatchObject([
    { code: "namespace-unreadable", subject: { kind: "Namespace", name: "shop" } },
  ]);
});

test.each<[string, readonly KubeObject[], string[]]>([
  ["the ConfigMap", destination.slice(1), ["config-map-missing"]],
  ["the Secret", destination.slice(0, 1), ["secret-missing"]],
  ["both", [], ["config-map-missing", "secret-missing"]],
  [
    "keys of both",
    [configMap({ S3_BUCKET: "" }), secretObject("ksnapshot-secret")],
    ["config-map-key-missing", "secret-key-missing", "secret-key-missing"],
  ],
])("reports that the jobs will miss %s", (_, objects, codes) => {
  expect(planSnapshots([], planConfig(), reading(objects)).diagnostics.map(({ code }) => code)).toEqual(codes);
});

test("warns that an endpoint wins over a region", () => {
  const objects = [
    configMap({ S3_BUCKET: "b", S3_REGION: "eu-west-3", S3_ENDPOINT: "https://s3.example" }),
    ...destination.slice(1),
  ];

  expect(planSnapshots([], planConfig(), reading(objects)).diagnostics).toMatchObject([
    { code: "endpoint-overrides-region" },
  ]);
});

test("misses the authorities that the jobs are to trust, wherever the snapshots go", () => {
  const job = { ...defaultJobSettings, caConfigMapName: "trust" };
  const volume = planConfig({ job, destination: { kind: "directory", claimName: "snapshots" } });
  const trust = (data: Record<string, string>) => ({
    ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: "ksnapshot", name: "trust" }, data },
  });
  const codesWith = (...objects: readonly KubeObject[]) =>
    planSnapshots([], volume, reading(objects)).diagnostics.map(({ code, field }) => `${code} ${field ?? ""}`);

  expect(codesWith()).toEqual(["config-map-missing "]);
  expect(codesWith(trust({ "other.crt": "x" }))).toEqual(["config-map-key-missing ca.crt"]);
  expect(codesWith(trust({ "ca.crt": "x" }))).toEqual([]);
});

test("asks for no key where the pods have an identity of their own, and for nothing where a volume takes the snapshots", () => {
  const identity = planConfig({ destination: { kind: "s3", configMapName: "ksnapshot-cm", secretName: null } });
  const volume = planConfig({ destination: { kind: "directory", claimName: "snapshots" } });

  expect(planSnapshots([], identity, reading(destination.slice(0, 1))).diagnostics).toEqual([]);
  expect(planSnapshots([], volume, reading([])).diagnostics).toEqual([]);
});

function configMap(data: Readonly<Record<string, string>>): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "ksnapshot-cm", namespace: "ksnapshot" }, data };
}
