import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { run } from "../bed/command.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const app = `
import { App } from "cdk8s";
import { InstallChart, parseConfig } from "ksnapshot";
const config = parseConfig("watchNamespaces: [shop]\\nstorage: { s3: { bucket: snapshots } }", "inline");
if (!config.ok) throw new Error(config.diagnostics[0].problem);
const chart = new InstallChart(new App(), "mine", { config: config.value });
const kinds: string[] = (chart.toJson() as { kind: string }[]).map(({ kind }) => kind);
console.log(kinds.join(" "));
`;
let work: string;

/** The package as npm would publish it, unpacked among the packages that it depends on. */
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), "ksnapshot-package-"));
  const archive = (await run("npm", ["pack", "--silent", "--pack-destination", work], { cwd: root }))
    .trim()
    .split("\n")
    .at(-1);
  await run("tar", ["-xzf", archive ?? ""], { cwd: work });
  await mkdir(join(work, "user", "node_modules"), { recursive: true });
  await symlink(join(work, "package"), join(work, "user", "node_modules", "ksnapshot"));
  await symlink(join(root, "node_modules"), join(work, "node_modules"));
  await writeFile(join(work, "user", "package.json"), '{ "type": "module" }');
  await writeFile(join(work, "user", "app.ts"), app);
}, 180_000);

afterAll(() => rm(work, { recursive: true, force: true }));

test("lets others compose the constructs, with their types", async () => {
  const flags = [
    "--noEmit",
    "--strict",
    "--module",
    "nodenext",
    "--target",
    "es2024",
    "--skipLibCheck",
    "--types",
    "node",
  ];

  const types = await run(join(root, "node_modules/.bin/tsc"), [...flags, "app.ts"], { cwd: join(work, "user") });
  const kinds = await run(process.execPath, ["app.ts"], { cwd: join(work, "user") });

  expect(types).toBe("");
  expect(kinds).toMatch(/^Namespace ServiceAccount .*Deployment/);
}, 120_000);

test("brings the command, with the documentation that it prints", async () => {
  const command = join(work, "package/build/ksnapshot.js");

  expect(await run(process.execPath, [command, "--help"], { cwd: work })).toMatch(/ksnapshot <command>/);
  expect(await run(process.execPath, [command, "explain", "enabled"], { cwd: work })).toContain("snapshots are wanted");
}, 60_000);

test("brings a command that tells an older Node from the one that it needs, in one line", () => {
  const older = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })";
  const command = join(work, "package/build/ksnapshot.js");

  const ended = spawnSync(process.execPath, ["--import", `data:text/javascript,${older}`, command, "--help"]);

  expect(ended).toMatchObject({ status: 2, stdout: Buffer.alloc(0) });
  expect(ended.stderr.toString()).toBe("ksnapshot: Node.js 22.15 or newer is needed, and this is 20.20.2\n");
}, 60_000);
