import { expect, test } from "@jest/globals";
import type { SnapshotSettings } from "../../../contract/annotations.ts";
import type { CronSchedule } from "../../../contract/schedule.ts";
import { scopeOf } from "../../../operator/plan/container-scope.ts";
import { DatabaseEnvironment } from "../../../operator/plan/database-environment.ts";
import { databasePort } from "../../../operator/plan/database-port.ts";
import { Service } from "../../../operator/plan/objects.ts";
import { planEndpoint } from "../../../operator/plan/services.ts";
import { container, reading, workload } from "../../support/observed.ts";
import { serviceObject } from "../../support/workloads.ts";

const settings: SnapshotSettings = {
  ...{ engine: { kind: "postgresql", version: "16" }, schedule: "@daily" as CronSchedule, timeZone: "Etc/UTC" },
  ...{ compression: "gzip", recipients: [], service: null, port: null, container: null, database: null, skip: [] },
};
const db = container({
  ports: [
    { name: "sql", containerPort: 5432 },
    { name: "metrics", containerPort: 9187 },
  ],
});

type Spec = Readonly<Record<string, unknown>>;
const plain: Spec = { selector: { app: "db" }, ports: [{ port: 5432 }] };
const headless: Spec = { ...plain, clusterIP: "None" };

function plan(
  services: Readonly<Record<string, Spec>>,
  said: Partial<SnapshotSettings> = {},
  from = db,
  podLabels = {},
) {
  const owned = workload([from], { labels: { app: "db", tier: "x" }, podLabels: [podLabels] });
  const environment = new DatabaseEnvironment(scopeOf(owned, from, reading([])), owned.owner);
  const listening = databasePort("postgresql", from, environment);
  const parsed = Object.entries(services).map(([name, spec]) => Service.parse(serviceObject(name, "shop", spec)));
  const found = planEndpoint(owned, from, listening, { ...settings, ...said }, parsed);
  return "endpoint" in found ? `${found.endpoint.host}:${String(found.endpoint.port)}` : found.diagnostic.code;
}

test.each<[string, Parameters<typeof plan>, string]>([
  ["the Service that selects it", [{ db: plain }], "db.shop.svc.cluster.local:5432"],
  [
    "a Service on another port, by its target",
    [{ db: { ...plain, ports: [{ port: 15432, targetPort: 5432 }] } }],
    "db.shop.svc.cluster.local:15432",
  ],
  [
    "a target by the port's name",
    [{ db: { ...plain, ports: [{ port: 1, targetPort: "sql" }] } }],
    "db.shop.svc.cluster.local:1",
  ],
  [
    "of several ports the one to the database",
    [{ db: { ...plain, ports: [{ port: 9187 }, { port: 1, targetPort: "sql" }] } }],
    "db.shop.svc.cluster.local:1",
  ],
  [
    "a headless Service, by the target's own number",
    [{ db: { ...headless, ports: [{ port: 80, targetPort: "sql" }] } }],
    "db.shop.svc.cluster.local:5432",
  ],
  [
    "a cluster IP over a headless one of the same target",
    [{ hl: headless, db: plain }],
    "db.shop.svc.cluster.local:5432",
  ],
  [
    "the database's Service beside one for its metrics",
    [{ metrics: { ...plain, ports: [{ port: 9187 }] }, db: plain }],
    "db.shop.svc.cluster.local:5432",
  ],
  ["no ExternalName", [{ ext: { ...plain, type: "ExternalName" }, db: plain }], "db.shop.svc.cluster.local:5432"],
  [
    "what the annotation names, of several",
    [{ a: plain, b: plain }, { service: "b" }],
    "b.shop.svc.cluster.local:5432",
  ],
  [
    "what the annotation names, whatever it selects",
    [{ a: plain, b: { ...plain, selector: { role: "primary" } } }, { service: "b" }],
    "b.shop.svc.cluster.local:5432",
  ],
  [
    "the Service's port that the annotation names",
    [{ db: { ...plain, ports: [{ port: 5432 }, { port: 6432, targetPort: 6432 }] } }, { port: 6432 }],
    "db.shop.svc.cluster.local:6432",
  ],
  [
    "the container's port that the annotation names",
    [{ db: { ...plain, ports: [{ port: 80, targetPort: 6432 }] } }, { port: 6432 }],
    "db.shop.svc.cluster.local:80",
  ],
  [
    "the only port that the container declares",
    [
      { db: { ...plain, ports: [{ port: 80, targetPort: 7000 }] } },
      {},
      container({ ports: [{ containerPort: 7000 }] }),
    ],
    "db.shop.svc.cluster.local:80",
  ],
  [
    "the engine's own port when the container declares none",
    [{ db: plain }, {}, container({})],
    "db.shop.svc.cluster.local:5432",
  ],
  [
    "the port that a variable of the container says",
    [
      { db: { ...plain, ports: [{ port: 80, targetPort: 6000 }] } },
      {},
      container({ env: [{ name: "PGPORT", value: "6000" }] }),
    ],
    "db.shop.svc.cluster.local:80",
  ],
  [
    "of several declared ports the one called after the engine",
    [
      { db: { ...plain, ports: [{ port: 80, targetPort: "postgresql" }] } },
      {},
      container({ ports: [{ containerPort: 8008 }, { name: "postgresql", containerPort: 6000 }] }),
    ],
    "db.shop.svc.cluster.local:80",
  ],
  [
    "of two headless ones the one that lists ready pods only",
    [{ a: { ...headless, publishNotReadyAddresses: true }, b: headless }],
    "b.shop.svc.cluster.local:5432",
  ],
  [
    "of Services by roles the primary's",
    [
      { ro: { ...plain, selector: { role: "replica" } }, rw: { ...plain, selector: { role: "primary" } } },
      {},
      db,
      { role: "primary" },
    ],
    "rw.shop.svc.cluster.local:5432",
  ],
  [
    "a selector of labels that only the pods have",
    [{ db: { ...plain, selector: { role: "primary" } } }, {}, db, { role: "primary" }],
    "db.shop.svc.cluster.local:5432",
  ],
])("finds %s", (_, args, expected) => {
  expect(plan(...args)).toBe(expected);
});

test.each<[string, Parameters<typeof plan>, string]>([
  ["there is none", [{}], "service-missing"],
  ["none selects it", [{ other: { ...plain, selector: { app: "other" } } }], "service-missing"],
  ["one selects more than it has", [{ db: { ...plain, selector: { app: "db", role: "primary" } } }], "service-missing"],
  ["one has no selector", [{ db: { ...plain, selector: null } }], "service-missing"],
  [
    "only one to replicas does",
    [{ ro: { ...plain, selector: { role: "replica" } } }, {}, db, { role: "replica" }],
    "service-missing",
  ],
  ["the named one is not there", [{ db: plain }, { service: "no" }], "service-missing"],
  [
    "the named one is an ExternalName",
    [{ db: { ...plain, type: "ExternalName" } }, { service: "db" }],
    "service-missing",
  ],
  ["two lead to the database", [{ a: plain, b: plain }], "service-ambiguous"],
  ["two headless ones lead to it", [{ a: headless, b: headless }], "service-ambiguous"],
  ["a headless one and two with a cluster IP do", [{ a: headless, b: plain, c: plain }], "service-ambiguous"],
  ["no port leads to the database", [{ db: { ...plain, ports: [{ port: 80 }] } }], "service-port-missing"],
  ["only a UDP port does", [{ db: { ...plain, ports: [{ port: 5432, protocol: "UDP" }] } }], "service-port-missing"],
  [
    "the target's name is no container's",
    [{ db: { ...plain, ports: [{ port: 5432, targetPort: "pg" }] } }],
    "service-port-missing",
  ],
  ["the named port is nowhere", [{ db: plain }, { port: 1 }], "service-port-missing"],
])("reports it when %s", (_, args, code) => {
  expect(plan(...args)).toBe(code);
});
