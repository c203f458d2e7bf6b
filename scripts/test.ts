/**
 * `npm test [-- tier…]`: every tier in turn, a table at the end, and last the line `N passed, N failed`.
 * Outside CI a tier that cannot run here is named loudly and not counted; with CI=true it is a failure.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tableText } from "../cli/text.ts";
import { type Tier, tiers } from "./tiers.ts";

interface Outcome {
  readonly tier: Tier;
  readonly passed: number;
  readonly failed: number;
  readonly seconds: number;
  readonly missing: readonly string[];
}

const isCi = process.env["CI"] === "true";
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !tiers.some((tier) => tier.name === name));
if (unknown.length > 0) {
  process.stderr.write(`no tier ${unknown.join(", ")}: the tiers are ${tiers.map(({ name }) => name).join(", ")}\n`);
  process.exit(2);
}

/** The reports, and whatever the tests leave in their temporary folder. */
const work = mkdtempSync(join(tmpdir(), "ksnapshot-test-"));
chmodSync(work, 0o755); // PostgreSQL runs as another user when this is root
const outcomes = tiers.filter(({ name }) => wanted.length === 0 || wanted.includes(name)).map(run);
rmSync(work, { recursive: true });
report(outcomes);

function run(tier: Tier): Outcome {
  const missing = tier.missing();
  if (missing.length > 0) return { tier, passed: 0, failed: isCi ? 1 : 0, seconds: 0, missing };
  process.stderr.write(`\n=== ${tier.name}: ${tier.shows}\n`);
  const start = performance.now();
  const reportFile = join(work, `${tier.name}.json`);
  const [file = "", ...args] = tier.command;
  const jestReport = tier.isJest ? ["--json", "--outputFile", reportFile] : [];
  const env = { ...process.env, TMPDIR: work };
  const { status } = spawnSync(file, [...args, ...jestReport], { env, stdio: ["ignore", "ignore", "inherit"] });
  const counts = tier.isJest
    ? jestCounts(reportFile, status)
    : { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1 };
  return { tier, ...counts, seconds: (performance.now() - start) / 1000, missing };
}

/** Pending tests count as failed in CI: a skip there hides what is not shown. A run without a report is one failure. */
function jestCounts(reportFile: string, status: number | null): { passed: number; failed: number } {
  try {
    const result = JSON.parse(readFileSync(reportFile, "utf8")) as Record<string, number>;
    const {
      numPassedTests: passed = 0,
      numFailedTests = 0,
      numPendingTests = 0,
      numRuntimeErrorTestSuites = 0,
    } = result;
    const failed = numFailedTests + numRuntimeErrorTestSuites + (isCi ? numPendingTests : 0);
    return { passed, failed: status !== 0 && failed === 0 ? 1 : failed };
  } catch {
    return { passed: 0, failed: 1 }; // ENOENT: jest ended before it could write its report
  }
}

function report(all: readonly Outcome[]): void {
  const rows = all.map(({ tier, passed, failed, seconds, missing }) => {
    const note = missing.length === 0 ? seconds.toFixed(1) : `NOT RUN: needs ${missing.join(", ")}`;
    return [tier.name, tier.shows, String(passed), String(failed), note];
  });
  const table = tableText([["tier", "shows", "passed", "failed", "seconds"], ...rows]);
  const sum = (pick: (outcome: Outcome) => number) => all.reduce((total, outcome) => total + pick(outcome), 0);
  const failed = sum((outcome) => outcome.failed);
  process.stdout.write(`\n${table}\n${sum((outcome) => outcome.passed)} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 ? 0 : 1;
}
