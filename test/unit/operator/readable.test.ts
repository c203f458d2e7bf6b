import { expect, test } from "@jest/globals";
import { planTree } from "../../../cli/plan-tree.ts";
import { reportOfManifests } from "../../../cli/plan-report.ts";
import { annotationKeys } from "../../../contract/annotations.ts";
import { planFromManifests } from "../../../operator/plan-manifests.ts";
import type { KubeObject } from "../../../synth/render.ts";
import { planConfig } from "../../support/plan-config.ts";
import { databaseObjects, serviceObject, type WorkloadOptions } from "../../support/workloads.ts";

/** A title for the window, colours, a new line that looks like ours, the other direction, and what Unicode ends a line by. */
const evil = "\u001B]0;owned\u0007\u001B[31m\r\nerror forged\u009B2J\u202Etxt\u2028.";
const obeyed = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u;

const mount = (mountPath: string) => ({
  env: [{ name: "POSTGRES_PASSWORD_FILE", value: `${mountPath}/pw` }],
  volumeMounts: [{ name: "pw", mountPath }],
});
const situations: readonly [string, WorkloadOptions, readonly KubeObject[]][] = [
  ...annotationKeys.map((key): [string, WorkloadOptions, []] => [key, { annotations: { [key]: evil } }, []]),
  ["an unknown key", { annotations: { [`enable${evil}`]: "true" } }, []],
  ["an image of another engine", { container: { image: `mysql:8${evil}` } }, []],
  ["an image that tells a version", { container: { image: `postgres-${evil}:16` } }, []],
  ["a file that is in no volume", { container: { env: [{ name: "POSTGRES_PASSWORD_FILE", value: evil }] } }, []],
  ["a mounted file", { container: mount(`/${evil}`) }, []],
  ["the names of variables", { container: { env: [{ name: evil, value: "x" }] } }, []],
  ["a value that refers", { container: { env: [{ name: "POSTGRES_PASSWORD", value: `$(${evil})` }] } }, []],
  ["the names of Services", {}, [serviceObject(evil, "shop", { selector: { app: "web" } })]],
];

test.each(situations)("tells people nothing that a terminal would obey: %s", (_, options, more) => {
  const items = [...databaseObjects("web", options), ...more];
  const file = { name: "evil", text: JSON.stringify({ kind: "List", items }) };

  const planned = planFromManifests([file], planConfig());

  for (const { field = "", problem, remedy } of planned.diagnostics) {
    expect([field, problem, remedy].filter((text) => obeyed.test(text))).toEqual([]);
  }
  const lines = planTree(reportOfManifests(planned), new Date(0)).split("\n");
  expect(lines.filter((line) => obeyed.test(line))).toEqual([]);
  expect(lines.filter((line) => line.startsWith("error forged"))).toEqual([]);
});
