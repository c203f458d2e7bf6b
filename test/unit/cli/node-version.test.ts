import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { neededNode, nodeProblem } from "../../../cli/node-version.ts";

test.each(["22.14.0", "20.20.2", "8.17.0"])("Node %s is too old", (found) => {
  expect(nodeProblem(found)).toBe(`Node.js ${neededNode} or newer is needed, and this is ${found}`);
});

test.each(["22.15.0", "22.20.1", "24.0.0", "100.1.0"])("Node %s will do", (found) => {
  expect(nodeProblem(found)).toBeNull();
});

test("the package asks for the same", () => {
  const { engines } = JSON.parse(readFileSync("package.json", "utf8")) as { engines: { node: string } };

  expect(engines.node).toBe(`>=${neededNode}`);
});
