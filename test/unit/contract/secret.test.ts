import { inspect } from "node:util";
import { expect, test } from "@jest/globals";
import { Secret, scrub } from "../../../contract/secret.ts";

test("shows itself nowhere", () => {
  const secret = new Secret("hunter2!");

  const shown = [
    String(secret),
    secret.toString(),
    JSON.stringify({ secret }),
    inspect({ secret }, { depth: 5, showHidden: true }),
  ];

  expect(shown.join()).not.toContain("hunter2");
  expect(secret.reveal()).toBe("hunter2!");
});

test.each([
  ["as it is", "password is p@ss word!"],
  ["in base64", `Authorization: ${Buffer.from("p@ss word!").toString("base64")}`],
  ["percent-encoded", "postgres://u:p%40ss%20word!@h/db"],
])("is scrubbed from a text %s", (_form, text) => {
  expect(scrub(text, [new Secret("p@ss word!")])).toContain("[redacted]");
  expect(scrub(text, [new Secret("p@ss word!")])).not.toMatch(/p@ss|p%40ss|cEBzcyB3b3JkIQ/);
});

test("leaves a text alone that a very short secret would riddle with holes", () => {
  expect(scrub("a banana", [new Secret("a"), new Secret("")])).toBe("a banana");
});
