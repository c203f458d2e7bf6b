import { expect, test } from "@jest/globals";
import { buffer } from "node:stream/consumers";
import { withoutNewerSettings } from "../../../dumper/restore/older-server.ts";

const setting = "SET transaction_timeout = 0;\n";
const head = `--\n\nSET lock_timeout = 0;\n${setting}SET client_encoding = 'UTF8';\n`;
const rows = `COPY t FROM stdin;\n${"\\xff é 🐘\n".repeat(2_000)}${setting}\\.\n`;

async function* inChunksOf(size: number, text: string): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield Promise.resolve(bytes.subarray(at, at + size));
}

test.each([1, 7, 4095, 4096, 4097, 1_000_000])(
  "takes the setting from the head of a dump for PostgreSQL 16, and nothing from its rows, in chunks of %i bytes",
  async (size) => {
    const restored = await buffer(withoutNewerSettings(inChunksOf(size, head + rows), 160_004));

    expect(restored.toString()).toBe(head.replace(setting, "") + rows);
  },
);

test.each([
  ["PostgreSQL 17", 170_000, head + rows],
  ["a dump without the setting", 130_023, rows],
  ["an empty dump", 130_023, ""],
])("leaves every byte as it is: %s", async (_, version, dump) => {
  expect((await buffer(withoutNewerSettings(inChunksOf(1_000, dump), version))).toString()).toBe(dump);
});

test("takes it from a dump shorter than the head", async () => {
  expect((await buffer(withoutNewerSettings(inChunksOf(5, head), 160_004))).toString()).toBe(head.replace(setting, ""));
});
