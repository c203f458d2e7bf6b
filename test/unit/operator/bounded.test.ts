import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Cluster, LiveObject, ResourceKind } from "../../../operator/cluster/cluster.ts";
import { planObserved } from "../../../operator/observe.ts";
import { planSnapshots } from "../../../operator/plan/snapshots.ts";
import type { KubeObject } from "../../../synth/render.ts";
import { counted } from "../../support/counted.ts";
import { hostileInputs } from "../../support/hostile-workloads.ts";
import { observedNamespace, reading } from "../../support/observed.ts";
import { planConfig } from "../../support/plan-config.ts";
import { databaseObjects } from "../../support/workloads.ts";

/** One bad tenant harms nobody: what it costs grows with what it says, and not faster; and nobody else pays for it. */

const config = planConfig({ destination: { kind: "directory", claimName: "snapshots" } });
const isSlow = process.env["SLOW"] === "1";
const names = Object.keys(hostileInputs);

/** How often the planner looks at the parts of a namespace's objects. */
function looksAt(objects: readonly KubeObject[]): { looks: number; parts: number } {
  const { value, looks, parts } = counted(observedNamespace(objects));
  const read = reading(objects.filter(isData));
  planSnapshots([{ ok: true, namespace: value }], config, read);
  return { looks: looks(), parts };
}

test.each(names)("looks at each part of what it is given a few times only: %s", (name) => {
  const { looks, parts } = looksAt(inputOf(name, isSlow ? 1 : 0.1));

  expect(looks).toBeLessThan(50 * parts + 20_000);
});

test("nobody pays for another's workload, in looks or in requests, whatever that one says", async () => {
  const neighbour = databaseObjects("neighbour", { namespace: "billing" });
  const alone = await passOver([], neighbour);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...names), fc.double({ min: 0, max: 0.05, noNaN: true }), async (name, size) => {
      const hostile = inputOf(name, size);

      const both = await passOver(hostile, neighbour);

      expect(both.looks).toBe(alone.looks);
      expect(both.neighbour).toEqual(alone.neighbour);
      expect(both.requests).toBeLessThanOrEqual(alone.requests + 32 * Math.max(1, both.hostileOwners));
    }),
    { numRuns: isSlow ? 300 : 40, examples: names.map((name) => [name, 0.02] as [string, number]) },
  );
}, 120_000);

test("asks for a few Secrets of one workload only, and holds it when that is not enough", async () => {
  const { requests, hostile } = await passOver(inputOf("environments of Secrets that are not there", 1), []);

  expect(requests).toBe(32);
  expect(hostile).toMatchObject([{ kind: "held", diagnostics: [{ code: "credential-unreadable" }] }]);
});

test.each([
  ["a schedule of stars", "schedule"],
  ["a schedule of hashes", "schedule"],
  ["a schedule of digits", "schedule"],
  ["a schedule of an endless duration", "schedule"],
  ["a time zone", "timezone"],
  ["a database", "database"],
  ["things to leave out", "skip"],
  ["recipients", "encryption-recipient"],
])("refuses by its length, without reading it: %s", (name, key) => {
  const [decision] = planned(inputOf(name, 1));

  expect(decision).toMatchObject({ kind: "held" });
  const [problem] = decision?.kind === "held" ? decision.diagnostics : [];
  expect(problem).toMatchObject({ code: "annotation-invalid", field: `ksnapshot.clickandmortar.fr/${key}` });
  expect(problem?.problem).toMatch(/is not a text of at most \d+ characters/);
});

test.each(names)("tells of it in few and short words: %s", (name) => {
  const objects = inputOf(name, 0.3);

  const { decisions, diagnostics } = planSnapshots([namespaceOf(objects)], config, reading(objects.filter(isData)));

  const told = [...diagnostics, ...decisions.flatMap((one) => (one.kind === "held" ? one.diagnostics : []))];
  expect(JSON.stringify(told).length).toBeLessThan(10_000 * decisions.length);
});

function inputOf(name: string, size: number): readonly KubeObject[] {
  return hostileInputs[name]?.(size).objects ?? [];
}

function isData({ kind }: KubeObject): boolean {
  return kind === "Secret" || kind === "ConfigMap";
}

function namespaceOf(objects: readonly KubeObject[]) {
  return { ok: true as const, namespace: observedNamespace(objects) };
}

function planned(objects: readonly KubeObject[]) {
  return planSnapshots([namespaceOf(objects)], config, reading(objects.filter(isData))).decisions;
}

/** A pass over a hostile namespace and its neighbour's, of which the looks at the neighbour's objects are counted. */
async function passOver(hostile: readonly KubeObject[], neighbour: readonly KubeObject[]) {
  const { value, looks } = counted(observedNamespace(neighbour, "billing"));
  const data = [...hostile, ...neighbour].filter(isData) as unknown as readonly LiveObject[];
  let requests = 0;
  const get = (kind: ResourceKind, namespace: string, name: string) => {
    requests++;
    const found = data.find(
      (one) => one.kind === kind && one.metadata.namespace === namespace && one.metadata.name === name,
    );
    return Promise.resolve(found ?? null);
  };
  const refuse = () => Promise.reject(new Error("planning writes and lists nothing"));
  const cluster: Cluster = { get, list: refuse, apply: refuse, remove: refuse };
  const readings = [namespaceOf(hostile), { ok: true as const, namespace: value }];
  const { decisions } = await planObserved(cluster, readings, config);
  const own = decisions.filter(({ owner }) => owner.namespace === "billing");
  const others = decisions.filter(({ owner }) => owner.namespace === "shop");
  return { looks: looks(), requests, neighbour: own, hostile: others, hostileOwners: others.length };
}
