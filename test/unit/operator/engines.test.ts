import { expect, test } from "@jest/globals";
import type { EngineSettings } from "../../../contract/annotations.ts";
import type { EngineKind } from "../../../contract/engine.ts";
import { planEngine } from "../../../operator/plan/engines.ts";
import { imageOf } from "../../../operator/plan/images.ts";
import { container, workload } from "../../support/observed.ts";
import { planConfig } from "../../support/plan-config.ts";

const { owner } = workload([]);

function plan(kind: EngineKind, image: string, said: string | null = null, env: readonly object[] = []) {
  return planEngine(settingsOf(kind, said), owner, container({ image, env }));
}

function settingsOf(kind: EngineKind, said: string | null): EngineSettings {
  switch (kind) {
    case "postgresql":
      return { kind, version: said as null };
    case "mysql":
      return { kind, version: said as null };
    case "mariadb":
      return { kind };
    default:
      return { kind, pageSize: 2000 };
  }
}

test.each<[string, Parameters<typeof plan>, string, string]>([
  ["the annotation's version, over the image's", ["postgresql", "postgres:17", "15"], "15", "annotation"],
  ["the image's version", ["postgresql", "postgres:17"], "17", "image"],
  ["the default where the image does not tell", ["postgresql", "postgres:latest"], "16", "default"],
  ["the default where there is no image", ["mysql", ""], "8", "default"],
  [
    "Spilo's variable, over the image's",
    ["postgresql", "spilo-17:4", null, [{ name: "PGVERSION", value: "14" }]],
    "14",
    "found",
  ],
  ["MySQL's series", ["mysql", "mysql:8.0.36-debian"], "8.0", "image"],
  ["MySQL's long-term series", ["mysql", "mysql:8.4.2"], "8.4", "image"],
  ["MySQL 9, whichever", ["mysql", "mysql:9.4"], "9", "image"],
  ["MySQL 8, whichever", ["mysql", "mysql:8"], "8", "image"],
  ["MySQL 5, of which 5.7 was the last", ["mysql", "mysql:5"], "5.7", "image"],
  ["no version of MySQL for a MariaDB", ["mysql", "mariadb:10.11"], "8", "default"],
])("takes %s", (_, args, value, from) => {
  const { version, diagnostics } = plan(...args);

  expect(version).toMatchObject({ value, from });
  expect(diagnostics).toEqual([]);
});

test.each<[EngineKind, string]>([
  ["postgresql", "postgres:12.20"],
  ["postgresql", "postgres:19"],
  ["mysql", "mysql:5.6"],
  ["mysql", "mysql:8.2.0"],
  ["mysql", "mysql:10"],
])("reports %s of the image %s, unless the annotation insists", (kind, image) => {
  expect(plan(kind, image).diagnostics).toMatchObject([{ code: "version-unsupported" }]);
  expect(plan(kind, image, kind === "mysql" ? "8.0" : "16").diagnostics).toEqual([]);
});

test("tells the version that it found, and those that it may be", () => {
  const [diagnostic] = plan("mysql", "registry:5000/mysql:8.2.0").diagnostics;

  expect(diagnostic?.problem).toContain("8.2 of the image registry:5000/mysql:8.2.0");
  expect(diagnostic?.problem).toContain("5.7, 8, 8.0, 8.4, 9");
});

/** The original knew neither MariaDB nor OpenSearch. */
test.each<[EngineKind, string, EngineKind, string, readonly string[]]>([
  ["mysql", "mysql:8.4", "mysql", "dumper-mysql:1", []],
  ["mysql", "mariadb:10.11", "mariadb", "dumper-mariadb:1", []],
  ["mysql", "acme/app:1", "mysql", "dumper-mysql:1", []],
  ["mariadb", "mariadb:11.4", "mariadb", "dumper-mariadb:1", []],
  ["mariadb", "mysql:8.4", "mysql", "dumper-mysql:1", ["engine-differs"]],
  ["elasticsearch", "opensearchproject/opensearch:2", "opensearch", "dumper-elasticsearch:1", []],
  ["opensearch", "elasticsearch:7.17.3", "elasticsearch", "dumper-elasticsearch:1", ["engine-differs"]],
  ["postgresql", "mysql:8", "postgresql", "dumper-postgresql:1", ["engine-differs"]],
  ["postgresql", "acme/mysql-to-postgres:1", "postgresql", "dumper-postgresql:1", []],
])("plans type %s on the image %s as a server that is %s, dumped by %s", (kind, image, server, dumper, codes) => {
  const planned = plan(kind, image);

  expect(planned.engine.kind).toBe(kind);
  expect(planned.server).toBe(server);
  expect(imageOf(planned.engine, planConfig().images, planned.server)).toBe(dumper);
  expect(planned.diagnostics.map(({ code }) => code)).toEqual(codes);
});

test("dumps a MariaDB under MySQL's name by MySQL's image where MariaDB has none", () => {
  const { engine, server } = plan("mysql", "mariadb:10.11");

  expect(imageOf(engine, { MYSQL_DUMPER_IMAGE_8: "mysql:8" }, server)).toBe("mysql:8");
});
