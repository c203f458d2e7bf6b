import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { parseAllDocuments } from "yaml";
import { type Terminal, UsageError } from "../../../cli/command.ts";
import { planCommand } from "../../../cli/commands/plan.ts";
import { reportOfManifests } from "../../../cli/plan-report.ts";
import { planTree } from "../../../cli/plan-tree.ts";
import { writable } from "../../../cli/style.ts";
import { planFromManifests } from "../../../operator/plan-manifests.ts";
import { planConfig } from "../../support/plan-config.ts";
import { databaseObjects, secretObject, serviceObject, workloadObject } from "../../support/workloads.ts";

const example = readFileSync(fileURLToPath(new URL("../../../examples/postgresql.yaml", import.meta.url)), "utf8");
const cronJob = "ksnapshot-postgresql-shop-shop-db-baad594c";
const now = new Date("2026-03-28T00:00:00Z");

let folder = "";
let out = "";
let err = "";
const terminal: Terminal = {
  out: (text) => (out += text),
  err: (text) => (err += text),
  env: {},
  isInteractive: false,
  signal: new AbortController().signal,
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ksnapshot-plan-"));
  [out, err] = ["", ""];
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

test("draws a workload with everything that was decided, and no value of a Secret", () => {
  const planned = planFromManifests([{ name: "db.yaml", text: example }], planConfig());

  expect(writable(planTree(reportOfManifests(planned), now), false)).toBe(`Deployment shop/shop-db  db.yaml:2
├─ engine       postgresql        the annotation type
├─ version      16                the annotation version
├─ container    postgres          the only one
├─ service      shop-db           the only one that selects its pods
├─ port         5432              it leads to 5432 of the container postgres
├─ credentials
│  ├─ POSTGRESQL_USERNAME     Secret shop/shop-db key username
│  ├─ POSTGRESQL_PASSWORD     Secret shop/shop-db key password
│  └─ POSTGRESQL_DATABASE     the variable POSTGRES_DB
├─ schedule     11 3 * * * (Europe/Paris)
│  ├─ Sat 2026-03-28 03:11 GMT+1
│  ├─ Sun 2026-03-29 03:11 GMT+2
│  └─ Mon 2026-03-30 03:11 GMT+2
├─ left out     nothing
├─ compression  gzip
├─ encryption   off
├─ destination  S3: bucket from ConfigMap ksnapshot/ksnapshot-cm, keys from Secret ksnapshot/ksnapshot-secret
├─ image        dumper-postgresql:1
├─ create       Secret ksnapshot/ksnapshot-postgresql-shop-shop-db-baad594c-credentials
└─ create       CronJob ksnapshot/ksnapshot-postgresql-shop-shop-db-baad594c

1 workload: 1 on. Objects: 2 to create, if the cluster has none of them. 0 errors, 0 warnings.
`);
});

test("plans a workload whose Secret Git does not hold, and says where its values will be read", () => {
  const text = manifests(workloadObject("web"), serviceObject("web"));

  const planned = planFromManifests([{ name: "web", text }], planConfig());

  expect(planned.plans[0]?.credentials.map(({ value }) => value === null)).toEqual([true, true, false]);
  expect(planTree(reportOfManifests(planned), now)).toContain("will be read from Secret shop/web key password");
});

test("holds the values when the Secret is among the manifests, as data or as stringData", () => {
  const values = (text: string) =>
    planFromManifests([{ name: "web", text }], planConfig()).plans[0]?.credentials.map(({ value }) => value?.reveal());

  expect(values(manifests(...databaseObjects("web")))).toEqual(["shop", "correct horse", "shop"]);
  expect(values(example)?.[1]).toBe("correct horse $(battery) 'staple'");
});

test.each<[string, string, { code: string; location: string | null }[]]>([
  ["an annotation, by its line", example.replace('"H 3', '"H 99'), [{ code: "annotation-invalid", location: "f:22" }]],
  [
    "a missing key of a Secret",
    example.replace("key: password", "key: other"),
    [{ code: "credential-missing", location: "f:2" }],
  ],
  [
    "an annotation that is no text",
    example.replace('enabled: "true"', "enabled: true"),
    [{ code: "manifest-invalid", location: null }],
  ],
  ["what is not YAML", `${example}---\na: [\n`, [{ code: "manifest-invalid", location: null }]],
])("tells where a problem stands: %s", (_, text, expected) => {
  const { diagnostics } = planFromManifests([{ name: "f", text }], planConfig());

  expect(diagnostics).toMatchObject(expected);
});

test("names the file and line of what the API server would refuse", () => {
  const text = example.replace('enabled: "true"', "enabled: yes");

  const [problem] = planFromManifests([{ name: "f.yaml", text }], planConfig()).diagnostics;

  expect(problem).toMatchObject({ subject: { kind: "File", name: "f.yaml:19" } });
});

test.each([
  ["shop", "on", []],
  ["billing", null, ["namespace-unwatched"]],
])("with %s watched a workload of shop is planned: %j", (watched, state, codes) => {
  const options = { watchNamespaces: [watched] };

  const { workloads } = planFromManifests([{ name: "f", text: example }], planConfig(), options);

  expect(workloads.map(({ plan }) => (plan === null ? null : "on"))).toEqual([state]);
  expect(workloads[0]?.diagnostics.map(({ code }) => code)).toEqual(codes);
});

test("plans DaemonSets, bare Pods and lists, and objects without a namespace in the default one", () => {
  const { metadata, ...rest } = workloadObject("ds", { kind: "DaemonSet" });
  const objects = [
    { ...rest, metadata: { name: metadata.name } },
    { ...serviceObject("ds"), metadata: { name: "ds" } },
  ];

  const planned = planFromManifests([{ name: "f", text: manifests(...objects, secretObject("ds")) }], planConfig(), {
    namespace: "mine",
  });

  expect(planned.plans).toMatchObject([{ owner: { kind: "DaemonSet", namespace: "mine", name: "ds" } }]);
});

test("exits with 0 when all is well, and prints the exact objects with redacted data", async () => {
  const path = write("db.yaml", example);

  expect(await plan({ file: path, output: "yaml" })).toBe(0);

  const [secret, scheduled] = parseAllDocuments(out).map((document) => document.toJS() as Record<string, unknown>);
  expect(scheduled).toMatchObject({ kind: "CronJob", spec: { schedule: "11 3 * * *", timeZone: "Europe/Paris" } });
  expect(secret).toMatchObject({ kind: "Secret", data: { POSTGRESQL_PASSWORD: "[redacted]" } });
  expect(out).not.toContain("staple");
});

test("prints the same as JSON, without a value", async () => {
  const path = write("db.yaml", example);

  expect(await plan({ file: path, json: true })).toBe(0);

  expect(JSON.parse(out)).toEqual({
    formatVersion: 1,
    source: "manifests",
    summary: {
      workloads: { on: 1, held: 0, off: 0, gone: 0 },
      ...{ create: 2, change: 0, keep: 0, remove: 0, errors: 0, warnings: 0 },
    },
    workloads: [
      {
        owner: { kind: "Deployment", namespace: "shop", name: "shop-db" },
        location: `${path}:2`,
        state: "on",
        snapshot: {
          ...{ engine: "postgresql", version: "16", host: "shop-db.shop.svc.cluster.local", port: 5432, https: false },
          findings: {
            engine: { value: "postgresql", from: "annotation", because: "the annotation type" },
            version: { value: "16", from: "annotation", because: "the annotation version" },
            container: { value: "postgres", from: "found", because: "the only one" },
            service: { value: "shop-db", from: "found", because: "the only one that selects its pods" },
            port: { value: "5432", from: "found", because: "it leads to 5432 of the container postgres" },
          },
          credentials: [
            {
              name: "POSTGRESQL_USERNAME",
              source: { from: "Secret", namespace: "shop", name: "shop-db", key: "username" },
              isKnown: true,
            },
            {
              name: "POSTGRESQL_PASSWORD",
              source: { from: "Secret", namespace: "shop", name: "shop-db", key: "password" },
              isKnown: true,
            },
            { name: "POSTGRESQL_DATABASE", source: { from: "literal", variable: "POSTGRES_DB" }, isKnown: true },
          ],
          ...{ schedule: "11 3 * * *", timeZone: "Europe/Paris" },
          nextRuns: Array(3).fill(expect.stringMatching(/^20\d\d-\d\d-\d\dT0[12]:11:00\.000Z$/)) as unknown,
          ...{ leftOut: [], compression: "gzip", recipients: [] },
          destination: {
            ...{ namespace: "ksnapshot", kind: "s3" },
            ...{ configMapName: "ksnapshot-cm", secretName: "ksnapshot-secret" },
          },
          image: "ksnapshot/dumper-postgresql:1.0.0",
          cronJob: { kind: "CronJob", namespace: "ksnapshot", name: cronJob },
        },
        changes: [
          {
            ...{ action: "create", because: null, diff: null },
            object: { kind: "Secret", namespace: "ksnapshot", name: `${cronJob}-credentials` },
          },
          {
            ...{ action: "create", because: null, diff: null },
            object: { kind: "CronJob", namespace: "ksnapshot", name: cronJob },
          },
        ],
        diagnostics: [],
      },
    ],
    diagnostics: [],
  });
  expect(out).not.toContain("staple");
});

test("prints a diff of what would be new, without a value", async () => {
  expect(await plan({ file: write("db.yaml", example), output: "diff" })).toBe(0);

  expect(out).toContain(`--- /dev/null\n+++ CronJob/ksnapshot/${cronJob}\n@@ -0,0 +1,`);
  expect(out).toContain('+  POSTGRESQL_PASSWORD: "[redacted]"\n');
  expect(out).not.toContain("staple");
});

test("exits with 1 when a workload has an error, and tells its file and line", async () => {
  const path = write("db.yaml", example.replace("type: postgresql\n", "type: oracle\n"));

  expect(await plan({ file: path })).toBe(1);

  expect(writable(out, false)).toContain(`Deployment shop/shop-db  ${path}:2
├─ held         no snapshots until this is mended; a CronJob that exists stays as it is
└─ error annotation-invalid (${path}:20) ksnapshot.clickandmortar.fr/type: "oracle" is not one of`);
  expect(out).toContain("1 workload: 1 held. 1 error, 0 warnings.");
});

test("tells that a schedule never fires, and exits with 0", async () => {
  expect(await plan({ file: write("db.yaml", example.replace("H 3 * * *", "0 0 31 2 *")) })).toBe(0);

  expect(out).toContain("never: there is no such date");
  expect(out).toContain("schedule-never");
});

test("reads several files and the files of a folder, and says so when nothing in them is annotated", async () => {
  mkdirSync(join(folder, "sub"));
  write("sub/a.yaml", manifests(serviceObject("web")));
  write("sub/b.json", JSON.stringify(secretObject("web")));
  write("sub/notes.md", "# not YAML: [");

  expect(await plan({ file: [join(folder, "sub"), write("c.yaml", manifests(workloadObject("web")))] })).toBe(0);
  expect(out).toContain("Deployment shop/web");
  expect(await plan({ file: join(folder, "sub") })).toBe(0);
  expect(err).toContain("no annotated workload was found");
});

test("takes the installation's own configuration", async () => {
  const config = write(
    "ksnapshot.yaml",
    "watchNamespaces: [shop]\nnamespace: backup\nstorage: { directory: { claimName: dumps } }\n",
  );

  expect(await plan({ file: write("db.yaml", example), config })).toBe(0);
  expect(out).toContain("directory: PersistentVolumeClaim backup/dumps");
  expect(await plan({ file: write("db.yaml", example), config: write("bad.yaml", "storage: {}\n") })).toBe(1);
  expect(err).toContain("watchNamespaces");
});

test.each([
  ["a file that is not there", () => ({ file: join(folder, "no.yaml") })],
  ["a folder without a manifest", () => ({ file: folder })],
  ["a context beside manifests", () => ({ file: write("db.yaml", example), context: "prod" })],
  ["two namespaces beside manifests", () => ({ file: write("db.yaml", example), namespace: ["a", "b"] })],
])("refuses %s as bad usage", async (_, args) => {
  await expect(plan(args())).rejects.toThrow(UsageError);
});

function plan(args: Partial<Parameters<typeof planCommand.run>[0]>): Promise<number> {
  const nothing = { file: undefined, config: undefined, namespace: undefined, context: undefined };
  return planCommand.run({ _: [], $0: "", ...nothing, output: "tree", json: false, ...args }, terminal);
}

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

function manifests(...items: readonly object[]): string {
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}
