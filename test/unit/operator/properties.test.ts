import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseEnv, type SourceRequest } from "../../../contract/dump-request.ts";
import { managedBy } from "../../../contract/labels.ts";
import type { SnapshotPlan } from "../../../contract/plan.ts";
import { pgDumpCommand } from "../../../dumper/source/postgresql.ts";
import { dumpCommand } from "../../../dumper/source/mysql/dump-command.ts";
import type { LiveObject } from "../../../operator/cluster/cluster.ts";
import { changesBetween } from "../../../operator/plan/changes.ts";
import { planFromManifests } from "../../../operator/plan-manifests.ts";
import { planSnapshots } from "../../../operator/plan/snapshots.ts";
import { cronJobName } from "../../../synth/names.ts";
import { type KubeObject, renderSnapshot } from "../../../synth/render.ts";
import { anyAnnotations, anyEngineEnv, anyText } from "../../support/hostile.ts";
import { containerEnvironment, entriesOf } from "../../support/kubelet.ts";
import { observedNamespace, podObject, reading } from "../../support/observed.ts";
import { planConfig } from "../../support/plan-config.ts";
import { databaseObjects, secretObject, serviceObject, workloadObject } from "../../support/workloads.ts";

const isSlow = process.env["SLOW"] === "1";
const config = planConfig({ destination: { kind: "directory", claimName: "snapshots" } });
const engines = ["postgresql", "mysql", "mariadb", "elasticsearch", "opensearch"] as const;
const kinds = ["Deployment", "StatefulSet", "DaemonSet"] as const;
const emptyDatabase = {
  charset: "utf8mb4",
  collation: "utf8mb4_bin",
  hasAsciiNames: true,
  tables: [],
  routines: [],
  awkwardPrograms: [],
};
const tools = {
  family: "mysql",
  dump: "mysqldump",
  client: "mysql",
  version: "8.4.2",
  options: new Set<string>(),
} as const;
const optionFile = { argument: "--defaults-file=/tmp/client.cnf", remove: () => Promise.resolve() };
/** What the job's own Secret and ConfigMap hold: nothing of it may be reached by an annotation. */
const secrets = { AWS_ACCESS_KEY_ID: "reachable-id", AWS_SECRET_ACCESS_KEY: "reachable-key", S3_BUCKET: "bucket" };

test(
  "no annotation whatsoever throws, is expanded by the kubelet, or reaches a dump tool but as one escaped value",
  () => {
    let planned = 0;
    fc.assert(
      fc.property(anyAnnotations(), (annotations) => {
        for (const plan of plansOf(annotations, { env: anyEngineEnv("secret") })) {
          planned++;
          expectUnexpanded(plan, annotations["database"]);
        }
      }),
      { numRuns: isSlow ? 10_000 : 100 },
    );

    expect(planned).toBeGreaterThan(isSlow ? 2000 : 15);
  },
  isSlow ? 900_000 : 60_000,
);

test("no value of a database's own environment is expanded by the kubelet or reaches a dump tool but as one value", () => {
  let planned = 0;
  fc.assert(
    fc.property(fc.constantFrom("postgresql", "mysql"), anyText(), (type, value) => {
      const env = anyEngineEnv(value.replaceAll("$", "$$$$"));
      for (const plan of plansOf({ type, schedule: "@daily", enabled: "true" }, { env })) {
        planned++;
        expectUnexpanded(plan, undefined);
      }
    }),
    { numRuns: isSlow ? 5000 : 60 },
  );

  expect(planned).toBeGreaterThan(15);
}, 300_000);

test("what is planned does not depend on the order of the lists", () => {
  const workload = fc.record({
    name: fc.constantFrom("a", "b", "c", "d"),
    kind: fc.constantFrom(...kinds),
    annotations: anyAnnotations(),
    hasService: fc.boolean(),
    hasSecret: fc.boolean(),
  });
  const pod = fc.record({
    name: fc.constantFrom("p", "q", "r"),
    createdAt: fc.constantFrom("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
    schedule: fc.constantFrom("@daily", "@hourly", "often"),
  });
  const objects = fc
    .tuple(
      fc.uniqueArray(workload, { selector: ({ kind, name }) => `${kind} ${name}`, maxLength: 6 }),
      fc.uniqueArray(pod, { selector: ({ name }) => name }),
    )
    .map(([workloads, pods]): readonly KubeObject[] => [
      ...workloads.map(({ name, kind, annotations }) => workloadObject(name, { kind, annotations })),
      ...[...new Set(workloads.flatMap(({ name, hasService }) => (hasService ? [name] : [])))].map((name) =>
        serviceObject(name),
      ),
      ...[...new Set(workloads.flatMap(({ name, hasSecret }) => (hasSecret ? [name] : [])))].map((name) =>
        secretObject(name),
      ),
      ...pods.map(({ name, createdAt, schedule }) =>
        podObject(name, {
          ...{ createdAt, owner: { kind: "Cluster", name: "custom" }, labels: { app: "a" } },
          annotations: { enabled: "true", type: "postgresql", schedule },
        }),
      ),
    ]);

  fc.assert(
    fc.property(
      objects.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray([...list], { minLength: list.length }))),
      ([list, shuffled]) => {
        expect(told(shuffled)).toEqual(told(list));
        expect(told(list)).toEqual(told(list));
      },
    ),
    { numRuns: isSlow ? 3000 : 100 },
  );
}, 300_000);

test("of workloads that map to one name each is told of the others, and the CronJob of that name stays as it is", () => {
  const wanting = fc.record({
    kinds: fc.uniqueArray(fc.constantFrom(...kinds), { minLength: 2 }),
    type: fc.constantFrom(...engines),
    holder: fc.constantFrom(null, ...kinds),
  });

  fc.assert(
    fc.property(wanting, ({ kinds: claimants, type, holder }) => {
      const workloads = claimants.map((kind) => workloadObject("web", { kind, annotations: { type } }));
      const objects = [...workloads, serviceObject("web"), secretObject("web")];
      const readings = [{ ok: true as const, namespace: observedNamespace(objects) }];
      const planned = planSnapshots(readings, config, reading(objects));
      const owned = {
        cronJobs: [cronJob(cronJobName(type, "shop", "web"), holder)],
        secrets: [],
        jobs: [],
        others: [],
        unreadable: new Map<string, string>(),
      };
      const owners = new Map([[`${holder ?? ""} shop/web`, { state: "gone" as const }]]);

      const changes = changesBetween(
        planned,
        owned,
        readings,
        holder !== null && claimants.includes(holder) ? new Map() : owners,
      );

      const collided = changes.diagnostics
        .filter(({ code }) => code === "name-collision")
        .map(({ subject }) => subject.kind);
      expect(collided.sort()).toEqual([...claimants].sort());
      expect(changes.apply).toEqual([]);
      if (holder === null || claimants.includes(holder)) {
        expect(changes.prune).toEqual([]);
        expect(changes.held).toHaveLength(1);
      }
    }),
    { numRuns: isSlow ? 1000 : 60 },
  );
}, 120_000);

function plansOf(annotations: Readonly<Record<string, string>>, container: object): readonly SnapshotPlan[] {
  const items = databaseObjects("web", { annotations, container });
  return planFromManifests([{ name: "hostile", text: JSON.stringify({ kind: "List", items }) }], planConfig()).plans;
}

/** From the rendered objects through the kubelet and the dumper's parser to the arguments of the dump tool. */
function expectUnexpanded(plan: SnapshotPlan, database: string | undefined): void {
  const objects = renderSnapshot(plan);
  // The kubelet turns `$$` into `$` and expands what is left: nothing is.
  for (const { value = "" } of entriesOf(objects.cronJob)) expect(value.replaceAll("$$", "")).not.toContain("$(");
  const environment = containerEnvironment(objects, secrets);
  for (const { name, value, source } of plan.credentials) {
    expect(environment[name]).toBe(Buffer.from(value?.reveal() ?? "").toString()); // a lone surrogate is no text
    if (database !== undefined && source.from === "literal") expect(value?.reveal()).not.toContain("reachable");
  }
  const request = parseEnv({ ...environment, HOSTNAME: "pod" });
  if (request.ok) expectOneArgument(request.value.source);
}

/** The database is one value, whatever it is called, and all other arguments are as for any other name. */
function expectOneArgument(source: SourceRequest): void {
  switch (source.kind) {
    case "postgresql": {
      if (source.database === null) return;
      const { database } = source;
      const session = { encoding: "UTF8", unfit: [] };
      const { args } = pgDumpCommand({ ...source, ...session, database }, {});
      const [, escaped = ""] = /^--dbname=dbname='((?:[^\\']|\\[\\'])*)'$/.exec(args.at(-1) ?? "") ?? [];
      expect(escaped.replace(/\\([\\'])/g, "$1")).toBe(database);
      const other = pgDumpCommand({ ...source, ...session, database: "shop" }, {});
      expect(args.slice(0, -1)).toEqual(other.args.slice(0, -1));
      return;
    }
    case "mysql":
    case "mariadb": {
      if (source.database === null) return;
      const argumentsFor = (name: string) =>
        dumpCommand({ ...emptyDatabase, name }, source, tools, { optionFile, env: {}, session: [] }).args;
      const args = argumentsFor(source.database);
      expect(args.slice(-2)).toEqual(["--", source.database]);
      expect(args.slice(0, -1)).toEqual(argumentsFor("shop").slice(0, -1));
      return;
    }
    case "elasticsearch":
    case "opensearch":
      return; // no program is started
  }
}

/** What is planned, in one order. */
function told(objects: readonly KubeObject[]): unknown {
  const planned = planSnapshots([{ ok: true, namespace: observedNamespace(objects) }], config, reading(objects));
  const decisions = planned.decisions.map((decision) => ({
    ...decision,
    ...(decision.kind === "on" ? { plan: renderSnapshot(decision.plan), findings: decision.plan.findings } : {}),
  }));
  const sorted = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value)).sort();
  return { decisions: sorted(decisions), diagnostics: sorted(planned.diagnostics) };
}

/** As the original made it where there is no kind. */
function cronJob(name: string, holder: string | null): LiveObject {
  const kind = holder === null ? {} : { "ksnapshot.clickandmortar.fr/owner-kind": holder };
  const annotations = { "ksnapshot.clickandmortar.fr/owner": "shop/web", ...kind };
  const metadata = { name, namespace: "ksnapshot", uid: "1", resourceVersion: "1", labels: managedBy, annotations };
  return { apiVersion: "batch/v1", kind: "CronJob", metadata, spec: {} };
}
