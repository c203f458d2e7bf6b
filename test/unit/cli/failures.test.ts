import { expect, test } from "@jest/globals";
import { CommandFailed, UsageError } from "../../../cli/command.ts";
import { exitCodeAfter, exitCodeOfThrown } from "../../../cli/failures.ts";
import { exitCodeOf } from "../../../dumper/failure.ts";
import { Terminated } from "../../../runtime/shutdown.ts";

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("whatever %s ends, ends with %i", (name, exitCode) => {
  const terminated = new Terminated(name);
  const { signal } = new AbortController();

  expect(exitCodeOf(terminated)).toBe(exitCode);
  expect(exitCodeOfThrown(terminated, signal)).toBe(exitCode);
  expect(exitCodeOfThrown(new CommandFailed("psql was killed"), AbortSignal.abort(terminated))).toBe(exitCode);
  expect(exitCodeAfter(3, AbortSignal.abort(terminated))).toBe(exitCode);
});

test("what ended well before the signal came has ended well, and without a signal each has its own code", () => {
  const { signal } = new AbortController();

  expect(exitCodeAfter(0, AbortSignal.abort(new Terminated("SIGTERM")))).toBe(0);
  expect(exitCodeAfter(3, signal)).toBe(3);
  expect(exitCodeOfThrown(new UsageError("no such option"), signal)).toBe(2);
  expect(exitCodeOfThrown(new Error("a fault"), signal)).toBe(1);
});
