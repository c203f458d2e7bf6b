import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { CommandFailed, type Terminal, UsageError } from "../../../cli/command.ts";
import { initCommand } from "../../../cli/commands/init.ts";
import { synthCommand } from "../../../cli/commands/synth.ts";

let folder = "";
let said = "";
const terminal: Terminal = {
  out: (text) => (said += text),
  err: (text) => (said += text),
  env: {},
  isInteractive: false,
  signal: new AbortController().signal,
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ksnapshot-cli-"));
  said = "";
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

test("what init writes is synthesized once its placeholders are filled in", async () => {
  expect(await init()).toBe(0);
  expect(await synth()).toBe(1);
  expect(said).toContain("ksnapshot.yaml:12: storage.s3.bucket: <bucket> is a placeholder.");

  edit((text) => text.replaceAll(/<\w+>/g, "example"));

  expect(await synth()).toBe(0);
  expect(readFileSync(join(folder, "out/ksnapshot.k8s.yaml"), "utf8")).toMatch(/^apiVersion: v1\nkind: Namespace\n/);
});

test("init never writes over a file", async () => {
  writeFileSync(join(folder, "ksnapshot.yaml"), "mine");

  await expect(async () => init()).rejects.toBeInstanceOf(CommandFailed);
  expect(readFileSync(join(folder, "ksnapshot.yaml"), "utf8")).toBe("mine");
});

test("synth says when there is nothing to read", async () => {
  await expect(async () => synth()).rejects.toBeInstanceOf(UsageError);
});

test("--check names the file that is stale or missing, and writes nothing", async () => {
  writeFileSync(join(folder, "ksnapshot.yaml"), "watchNamespaces: [a]\nstorage: { directory: { claimName: a } }\n");

  expect(await synth({ check: true })).toBe(1);
  expect(said).toContain("out/ksnapshot.k8s.yaml is stale.");
  expect(await synth()).toBe(0);
  expect(await synth({ check: true })).toBe(0);

  edit((text) => text.replace("[a]", "[b]"));

  expect(await synth({ check: true })).toBe(1);
  expect(readFileSync(join(folder, "out/ksnapshot.k8s.yaml"), "utf8")).not.toContain("namespace: b");
});

function init(): Promise<number> {
  return initCommand.run({ config: join(folder, "ksnapshot.yaml"), _: [], $0: "" }, terminal);
}

function synth({ check = false } = {}): Promise<number> {
  const config = join(folder, "ksnapshot.yaml");
  return synthCommand.run({ config, out: join(folder, "out"), check, _: [], $0: "" }, terminal);
}

function edit(change: (text: string) => string): void {
  const file = join(folder, "ksnapshot.yaml");
  writeFileSync(file, change(readFileSync(file, "utf8")));
}
