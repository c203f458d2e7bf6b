import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { parseAllDocuments } from "yaml";
import { type Terminal, UsageError } from "../../../cli/command.ts";
import { planCommand } from "../../../cli/commands/plan.ts";
import { planTree } from "../../../cli/plan-tree.ts";
import { planFromManifests } from "../../../operator/plan-manifests.ts";
import { planConfig } from "../../support/plan-config.ts";
import { databaseObjects, secretObject, serviceObject, workloadObject } from "../../support/workloads.ts";

const example = readFileSync(fileURLToPath(new URL("../../../examples/postgresql.yaml", import.meta.url)), "utf8");
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

  expect(stripVTControlCharacters(planTree(planned, now))).toBe(`Deployment shop/shop-db  db.yaml:2
├─ engine       postgresql 16
├─ service      shop-db.shop.svc.cluster.local:5432
├─ credentials
│  ├─ POSTGRESQL_USERNAME   Secret shop/shop-db key username
│  ├─ POSTGRESQL_PASSWORD   Secret shop/shop-db key password
│  └─ POSTGRESQL_DATABASE   literal POSTGRES_DB
├─ schedule     11 3 * * * (Europe/Paris)
│  ├─ 2026-03-28 03:11 GMT+1
│  ├─ 2026-03-29 03:11 GMT+2
│  └─ 2026-03-30 03:11 GMT+2
├─ compression  gzip
├─ encryption   off
├─ destination  S3: bucket from ConfigMap ksnapshot/ksnapshot-cm, keys from Secret ksnapshot/ksnapshot-secret
├─ image        dumper-postgresql:1
├─ CronJob      ksnapshot/ksnapshot-postgresql-shop-shop-db-baad594c
└─ Secret       ksnapshot/ksnapshot-postgresql-shop-shop-db-baad594c-credentials
`);
});

test("plans a workload whose Secret Git does not hold, and says where its values will be read", () => {
  const text = manifests(workloadObject("web"), serviceObject("web"));

  const planned = planFromManifests([{ name: "web", text }], planConfig());

  expect(planned.plans[0]?.credentials.map(({ value }) => value === null)).toEqual([true, true, false]);
  expect(planTree(planned, now)).toContain("will be read from Secret shop/web key password");
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

  const [secret, cronJob] = parseAllDocuments(out).map((document) => document.toJS() as Record<string, unknown>);
  expect(cronJob).toMatchObject({ kind: "CronJob", spec: { schedule: "11 3 * * *", timeZone: "Europe/Paris" } });
  expect(secret).toMatchObject({ kind: "Secret", data: { POSTGRESQL_PASSWORD: "[redacted]" } });
  expect(out).not.toContain("staple");
});

test("prints the same as JSON, without a value", async () => {
  const path = write("db.yaml", example);

  expect(await plan({ file: path, json: true })).toBe(0);

  expect(JSON.parse(out)).toMatchObject({
    workloads: [{ plan: { port: 5432 }, nextRuns: { length: 3 } }],
    diagnostics: [],
  });
  expect(out).not.toContain("staple");
});

test("exits with 1 when a workload has an error", async () => {
  expect(await plan({ file: write("db.yaml", example.replace("postgresql\n", "oracle\n")) })).toBe(1);
  expect(out).toContain("annotation-invalid");
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

test.each([["a file that is not there"], ["a folder without a manifest"]])("refuses %s as bad usage", (what) => {
  const file = what.startsWith("a folder") ? folder : join(folder, "no.yaml");

  expect(() => plan({ file })).toThrow(UsageError);
});

function plan(args: Partial<Parameters<typeof planCommand.run>[0]>): Promise<number> {
  const defaults = {
    _: [],
    $0: "",
    file: [],
    config: undefined,
    namespace: "default",
    output: "tree" as const,
    json: false,
  };
  return planCommand.run({ ...defaults, ...args }, terminal);
}

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

function manifests(...items: readonly object[]): string {
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}
