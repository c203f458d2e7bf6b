import { execFileSync } from "node:child_process";
import { expect, test } from "@jest/globals";
import { shellQuoted } from "../../../contract/shell-quoted.ts";

test.each(["en_US.UTF-8", "English_United States.1252", "", "a'b", "$(touch x); `id`", "-x", "a\nb"])(
  "%j is one word of a shell, and comes out as it was",
  (text) => {
    expect(execFileSync("sh", ["-c", `printf %s ${shellQuoted(text)}`], { encoding: "utf8" })).toBe(text);
  },
);

test("what needs no quotes gets none", () => {
  expect(shellQuoted("de_DE.UTF-8")).toBe("de_DE.UTF-8");
});
