import { expect, test } from "@jest/globals";
import type { SnapshotSettings } from "../../../contract/annotations.ts";
import type { Engine } from "../../../contract/engine.ts";
import type { CronSchedule } from "../../../contract/schedule.ts";
import { planContainer } from "../../../operator/plan/containers.ts";
import { workload } from "../../support/observed.ts";

const postgresql: Engine = { kind: "postgresql", version: "16" };

function pick(containers: readonly object[], said: Partial<SnapshotSettings> = {}) {
  const settings: SnapshotSettings = {
    ...{ engine: postgresql, schedule: "@daily" as CronSchedule, timeZone: "Etc/UTC", compression: "gzip" },
    ...{ recipients: [], service: null, port: null, container: null, database: null, skip: [], ...said },
  };
  const reading = planContainer(workload(containers), settings);
  return "container" in reading ? reading.container.name : reading.diagnostic.code;
}

const env = [{ name: "POSTGRES_PASSWORD", value: "p" }];
const ports = [{ containerPort: 5432 }];

test.each<[string, object[], string]>([
  ["the only one", [{ name: "a" }], "a"],
  [
    "the one with the engine's port",
    [
      { name: "a", env },
      { name: "b", ports },
    ],
    "b",
  ],
  [
    "the one with the engine's variables",
    [
      { name: "a", image: "postgres" },
      { name: "b", env },
    ],
    "b",
  ],
  [
    "the one with the engine's image",
    [
      { name: "a", image: "registry/app:1" },
      { name: "b", image: "bitnami/postgresql:16" },
    ],
    "b",
  ],
  [
    "of two with the port the one with the variables",
    [
      { name: "a", ports },
      { name: "b", ports, env },
    ],
    "b",
  ],
  [
    "of two with the variables the one with the image",
    [
      { name: "a", env, image: "app" },
      { name: "b", env, image: "postgres" },
    ],
    "b",
  ],
])("picks %s", (_, containers, name) => {
  expect(pick(containers)).toBe(name);
});

test("picks the one that the annotation names, and reports one that is not there", () => {
  const containers = [{ name: "a" }, { name: "b", ports, env }];

  expect(pick(containers, { container: "a" })).toBe("a");
  expect(pick(containers, { container: "c" })).toBe("annotation-invalid");
});

test.each<[string, object[]]>([
  ["none shows a sign", [{ name: "a" }, { name: "b" }]],
  [
    "two show all signs",
    [
      { name: "a", ports, env },
      { name: "b", ports, env },
    ],
  ],
  ["there is none at all", []],
])("reports it when %s", (_, containers) => {
  expect(pick(containers)).toBe("container-ambiguous");
});
