import { describe, expect, test } from "@jest/globals";
import { buffer } from "node:stream/consumers";
import { inOneTransaction, inSeveralTransactions } from "../../../dumper/restore/dump-script.ts";
import { piecesOf } from "../../../dumper/restore/dump-statements.ts";
import { withoutTransactions } from "../../../dumper/restore/large-objects.ts";

async function* whole(text: string): AsyncGenerator<Buffer> {
  yield Promise.resolve(Buffer.from(text));
}

function pieces(dump: string) {
  return withoutTransactions(piecesOf(whole(dump)));
}

/** An object of so many bytes, as pg_dump writes it: 16 KiB at a time. */
function content(oid: number, bytes: number): string {
  const writes = Array.from({ length: Math.ceil(bytes / 16_384) }, (_, index) => {
    const length = Math.min(16_384, bytes - index * 16_384);
    return `SELECT pg_catalog.lowrite(0, '\\x${"ab".repeat(length)}');\n`;
  });
  return `SELECT pg_catalog.lo_open('${oid}', 131072);\n${writes.join("")}SELECT pg_catalog.lo_close(0);\n\n`;
}

describe.each([2, 3_000, 16_384, 100_000])("large objects of %i bytes", (bytes) => {
  const before = Array.from({ length: 510 }, (_, count) => count).filter((count) => count < 3 || count > 480);

  test.each(before)("are each written in one of several transactions, after %i statements", async (count) => {
    const objects = `BEGIN;\n\n${content(1, bytes)}${content(2, bytes)}COMMIT;\n`;
    const script = await buffer(inSeveralTransactions(pieces("SELECT 1;\n".repeat(count) + objects)));

    expect(script.toString()).not.toMatch(/lo_open[^;]*;(\s*SELECT pg_catalog\.lowrite[^;]*;)*\s*(COMMIT|BEGIN)/);
  });
});

test("the transaction around large objects is taken off", async () => {
  const objects = content(1, 2);

  const script = await buffer(inOneTransaction(pieces(`-- Data\nBEGIN;\n${objects}\nCOMMIT;\nSELECT 1;`)));

  expect(script.toString()).toBe(`\n${objects.trimEnd()}\nSELECT 1;`);
});

test.each([
  ["around a table", "BEGIN;\nCREATE TABLE a ();\nCOMMIT;"],
  ["that nothing began", "SELECT 1;\nCOMMIT;\nSELECT 2;"],
  ["inside one", `BEGIN;\nBEGIN;\n${content(1, 2)}COMMIT;`],
  ["that goes on past large objects", `BEGIN;\n${content(1, 2)}CREATE TABLE a ();\nCOMMIT;`],
])("a transaction %s, which pg_dump does not write, ends a restore", async (_, dump) => {
  await expect(buffer(inOneTransaction(pieces(dump)))).rejects.toThrow(/not around large objects/);
});
