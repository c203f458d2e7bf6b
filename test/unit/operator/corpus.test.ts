import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { parse, stringify } from "yaml";
import * as z from "zod";
import { engineText } from "../../../contract/engine.ts";
import type { Credential, SnapshotPlan, ValueSource } from "../../../contract/plan.ts";
import { type PlannedWorkload, planFromManifests } from "../../../operator/plan-manifests.ts";
import { renderRedacted } from "../../../synth/render.ts";
import { expectGolden } from "../../support/golden.ts";
import { planConfig } from "../../support/plan-config.ts";

const root = fileURLToPath(new URL("../../corpus", import.meta.url));
const shapes = readdirSync(root, { withFileTypes: true }).filter((one) => one.isDirectory());

/** See test/corpus/README.md. */
const Expected = z.strictObject({
  workload: z.string(),
  engine: z.string().optional(),
  server: z.string().optional(),
  container: z.string().optional(),
  credentials: z.record(z.string(), z.string()).default({}),
  problems: z.array(z.string()).default([]),
});

test("has at least thirty shapes", () => {
  expect(shapes.length).toBeGreaterThanOrEqual(30);
});

test.each(shapes.map(({ name }) => name))("plans %s as its table says", (name) => {
  const [workload, ...others] = planOf(name);
  const expected = Expected.parse(parse(textOf(name, "expected.yaml")));

  expect(others).toEqual([]);
  expect(workload === undefined ? null : Expected.parse(tableOf(workload))).toEqual(expected);
});

test.each(shapes.map(({ name }) => name).filter((name) => planOf(name)[0]?.plan != null))(
  "renders %s as it stands beside it",
  (name) => {
    const plan = planOf(name)[0]?.plan ?? null;

    expectGolden(`../corpus/${name}/rendered.yaml`, plan === null ? "" : rendered(plan));
  },
);

test("keeps no rendered objects of a shape that is held", () => {
  const held = shapes.filter(({ name }) => planOf(name)[0]?.plan === null);

  expect(held.filter(({ name }) => existsSync(join(root, name, "rendered.yaml")))).toEqual([]);
});

function planOf(name: string): readonly PlannedWorkload[] {
  const files = [{ name: "manifests.yaml", text: textOf(name, "manifests.yaml") }];
  const { workloads, diagnostics } = planFromManifests(files, planConfig());
  expect(diagnostics.filter(({ code }) => code === "manifest-invalid")).toEqual([]);
  return workloads;
}

function tableOf({ owner, plan, diagnostics }: PlannedWorkload): z.input<typeof Expected> {
  const workload = `${owner.kind} ${owner.namespace}/${owner.name}`;
  const problems = diagnostics.map(({ code, field }) => (field === undefined ? code : `${code} ${field}`));
  if (plan === null) return { workload, problems };
  const { engine, findings, host, port, https, credentials } = plan;
  const version = findings.version === null ? "" : ` (${findings.version.from})`;
  return {
    workload,
    engine: `${engineText(engine)}${version}`,
    server: `${https ? "https://" : ""}${host}:${String(port)} (${findings.service.from})`,
    container: findings.container.value,
    credentials: Object.fromEntries(credentials.map((one) => [one.name, credentialText(one)])),
    problems,
  };
}

function credentialText({ source, value }: Credential): string {
  return `${JSON.stringify(value?.reveal() ?? null)} of ${sourceText(source)}`;
}

function sourceText(source: ValueSource): string {
  switch (source.from) {
    case "literal":
      return source.variable;
    case "field":
      return `the pod's ${source.path}`;
    case "default":
      return "default";
    default:
      return `${source.from} ${source.name} ${source.key}${source.file === undefined ? "" : ` as ${source.file}`}`;
  }
}

function rendered(plan: SnapshotPlan): string {
  const { cronJob, secret } = renderRedacted(plan);
  return [...(secret === null ? [] : [secret]), cronJob]
    .map((object) => stringify(object, { lineWidth: 0 }))
    .join("---\n");
}

function textOf(name: string, file: string): string {
  return readFileSync(join(root, name, file), "utf8");
}
