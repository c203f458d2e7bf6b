import { spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { expect, test } from "@jest/globals";

const command = [process.execPath, "cli/main.ts", "explain", "enabled"];

test("an output that takes nothing more is told in a line, and is not well", () => {
  const full = openSync("/dev/full", "w");
  const [program = "", ...args] = command;

  const ended = spawnSync(program, args, { encoding: "utf8", stdio: ["ignore", full, "pipe"] });
  closeSync(full);

  expect(ended.stderr).toBe("ksnapshot: the output could not be written: ENOSPC: no space left on device, write\n");
  expect(ended.status).toBe(1);
}, 30_000);

test("a reader of the output who has seen enough is no failure", () => {
  const quoted = command.map((word) => `'${word}'`).join(" ");

  const ended = spawnSync("bash", ["-c", `${quoted} | true; echo "\${PIPESTATUS[0]}"`], { encoding: "utf8" });

  expect(ended).toMatchObject({ stdout: "0\n", stderr: "" });
}, 30_000);
