import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { version } from "../../../contract/version.ts";
import { bundle } from "../../../scripts/bundle.ts";

const out = mkdtempSync(join(tmpdir(), "ksnapshot-bundle-"));
let paths: readonly string[] = [];

beforeAll(async () => {
  // The bundles stand outside the clone, where no node_modules could help them.
  paths = Object.values(await bundle(out));
  writeFileSync(join(out, "package.json"), '{ "type": "module" }');
}, 120_000);

afterAll(() => {
  rmSync(out, { recursive: true });
});

test("every program is bundled", () => {
  expect(paths.map((path) => basename(path))).toEqual(["operator.js", "dumper.js", "ksnapshot.js"]);
});

test.each(["operator", "dumper"])(
  "the %s starts on its own, and says what its environment lacks",
  (program) => {
    const { status, stderr } = run(program, []);

    expect(stderr).toMatch(/env-missing|required/);
    expect(stderr).not.toMatch(/Error|at file:/);
    expect(status).toBe(2);
  },
  60_000,
);

test("the command line starts on its own, and writes the YAML of an installation", () => {
  const init = run("ksnapshot", ["init"]);
  const synth = run("ksnapshot", ["synth"]);

  expect(run("ksnapshot", ["--version"]).stdout.trim()).toBe(version);
  expect(init.status).toBe(0);
  expect(synth.stderr).toContain("<bucket> is a placeholder");
}, 60_000);

function run(program: string, args: readonly string[]) {
  const options = { encoding: "utf8", cwd: out, env: {} } as const;
  return spawnSync(process.execPath, [join(out, `${program}.js`), ...args], options);
}
