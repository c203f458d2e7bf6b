import { readFileSync, writeFileSync } from "node:fs";
import { expect } from "@jest/globals";

/** Compares with `test/golden/<name>`. `UPDATE_GOLDEN=1` writes the file instead; the diff is then to be read. */
export function expectGolden(name: string, content: string): void {
  const file = new URL(`../golden/${name}`, import.meta.url);
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, content);
  expect(content).toBe(readFileSync(file, "utf8"));
}
