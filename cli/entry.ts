#!/usr/bin/env node
// The package's command. It looks at Node's version before the rest is read: an older one lacks modules that the rest imports,
// and would end with a SyntaxError and the bundle's code.
import { cliExitCode } from "../contract/exit-code.ts";
import { nodeProblem } from "./node-version.ts";

const problem = nodeProblem(process.versions.node);
if (problem === null) {
  await import("./main.ts");
} else {
  process.stderr.write(`ksnapshot: ${problem}\n`);
  process.exitCode = cliExitCode.usage;
}
