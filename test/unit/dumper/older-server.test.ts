import { expect, test } from "@jest/globals";
import { withoutNewerSettings } from "../../../dumper/restore/older-server.ts";

const setting = "SET transaction_timeout = 0;\n";
const head = `--\n\nSET lock_timeout = 0;\n${setting}SET client_encoding = 'UTF8';\n`;

test("takes from the head of a dump what PostgreSQL 16 does not know", () => {
  expect(withoutNewerSettings(head, 160_004)).toBe(head.replace(setting, ""));
});

test.each([
  ["for PostgreSQL 17", 170_000, head],
  ["of a dump without the setting", 130_023, head.replace(setting, "")],
  ["of an empty dump", 130_023, ""],
])("leaves every byte as it is %s", (_, version, text) => {
  expect(withoutNewerSettings(text, version)).toBe(text);
});
