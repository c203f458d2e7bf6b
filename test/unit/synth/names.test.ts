import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { type EngineKind, engineKinds } from "../../../contract/engine.ts";
import { cronJobName } from "../../../synth/names.ts";

const vectors = readFileSync(new URL("../../vectors/cronjob-names.tsv", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .slice(1)
  .map((line) => line.split("\t") as [EngineKind, string, string]);

test("there are 200 vectors", () => {
  expect(vectors).toHaveLength(200);
});

test.each(vectors)("%s %s is named %s", (kind, workload, expected) => {
  const [namespace = "", name = ""] = workload.split("/");

  expect(cronJobName(kind, namespace, name)).toBe(expected);
});

test("a name is a DNS label of at most 52 characters, whatever the workload is called", () => {
  fc.assert(
    fc.property(fc.constantFrom(...engineKinds), fc.string(), fc.string(), (kind, namespace, name) => {
      const result = cronJobName(kind, namespace, name);

      expect(result).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
      expect(result.length).toBeLessThanOrEqual(52);
      expect(result).not.toContain("--");
    }),
  );
});

test("two workloads whose readable parts are equal get different names", () => {
  expect(cronJobName("mysql", "shop", "a-db")).not.toBe(cronJobName("mysql", "shop-a", "db"));
});
