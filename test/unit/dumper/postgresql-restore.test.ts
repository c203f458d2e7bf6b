import { describe, expect, test } from "@jest/globals";
import { buffer } from "node:stream/consumers";
import { withEdges } from "../../../dumper/restore/dump-edges.ts";
import { missingGlobals } from "../../../dumper/restore/globals-script.ts";
import { restriction, withoutRestriction } from "../../../dumper/restore/restriction.ts";

const rows = `COPY t FROM stdin;\n${"\\\\xff é 🐘\n".repeat(2_000)}\\.\n`;

async function* inChunksOf(size: number, text: string): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  const chunk = Buffer.alloc(size); // used again, as a stage upstream may do
  for (let at = 0; at < bytes.length; at += size) {
    const length = bytes.copy(chunk, 0, at, at + size);
    yield Promise.resolve(chunk.subarray(0, length));
  }
}

/** The dump as psql gets it. */
async function unrestricted(dump: string, size = 1_000): Promise<string> {
  return (await buffer(copied(withEdges(inChunksOf(size, dump), withoutRestriction())))).toString();
}

async function* copied(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of source) yield Buffer.from(chunk);
}

describe("the restriction that pg_dump put around a dump", () => {
  const start = "--\n-- PostgreSQL database dump\n--\n\n";
  const end = "--\n-- PostgreSQL database dump complete\n--\n\n";
  const plain = (content: string) => `${start}\n-- Dumped\n${content}${end}`;
  const dumped = (content: string) => `${start}\\restrict Ab12\n\n-- Dumped\n${content}${end}\\unrestrict Ab12\n\n`;

  test.each([1, 7, 4095, 4096, 4097, 8192, 1_000_000])(
    "is taken off, and no other byte, in chunks of %i",
    async (size) => {
      expect(await unrestricted(dumped(rows), size)).toBe(plain(rows));
    },
  );

  test.each([
    ["a short dump", "SELECT 1;\n"],
    ["a dump of about one edge", rows.slice(0, 4_000)],
    ["a dump of about two edges", rows.slice(0, 8_000)],
    ["an empty one", ""],
  ])("is taken off %s", async (_, content) => {
    expect(await unrestricted(dumped(content))).toBe(plain(content));
  });

  test.each([
    ["is another's key", `${start}\\restrict Ab12\n\nSELECT 1;\n${end}\\unrestrict Cd34\n\n`, "\\unrestrict Cd34"],
    ["stands in the middle", `${start}SELECT 1;\n\\restrict Ab12\n${end}\\unrestrict Ab12\n\n`, "\\restrict Ab12"],
    ["ends it in the middle", dumped("\\unrestrict Ab12\n\\! true\n"), "\\unrestrict Ab12\n\\! true"],
  ])("stays for psql to refuse where it %s", async (_, dump, refused) => {
    expect(await unrestricted(dump)).toContain(refused);
  });

  test.each([
    ["", ""],
    ["one line\n", "one line\n"],
    [rows, rows],
  ])("is not looked for in what is no dump", async (text, same) => {
    expect(await unrestricted(text)).toBe(same);
  });

  test("is replaced by one whose key nobody can know before", () => {
    expect(restriction().toString()).toMatch(/^\\restrict [A-Za-z0-9]{48}\n$/);
    expect(restriction()).not.toEqual(restriction());
  });
});

describe("of a globals dump", () => {
  const existing = { roles: ["postgres", 'o"dd; role'], tablespaces: ["fast"], databases: ["postgres", "shop"] };
  const dump = [
    "--\n-- PostgreSQL database cluster dump; it's a comment\n--\n",
    "\\restrict Ab12\n",
    "SET standard_conforming_strings = on;",
    "CREATE ROLE postgres;",
    "ALTER ROLE postgres WITH SUPERUSER PASSWORD 'SCRAM;x';",
    'CREATE ROLE "o""dd; role";',
    'CREATE ROLE "new; role";',
    `ALTER ROLE "new; role" WITH LOGIN PASSWORD 'it''s; \\';`,
    `COMMENT ON ROLE "new; role" IS E'a\\'b; \\\\';`,
    `ALTER ROLE postgres IN DATABASE "shop" SET "work_mem" TO '1MB';`,
    'GRANT "new; role" TO postgres WITH ADMIN OPTION GRANTED BY postgres;',
    "CREATE TABLESPACE fast OWNER postgres LOCATION '/fast';",
    "CREATE TABLESPACE slow OWNER postgres LOCATION '/slow';",
    'CREATE DATABASE "shop" TEMPLATE = template0;',
    'CREATE DATABASE "other" TEMPLATE = template0;',
    'ALTER DATABASE "shop" OWNER TO postgres;',
    "\\unrestrict Ab12\n",
    "--\n-- PostgreSQL database cluster dump complete\n--\n",
  ].join("\n");

  test("what the target lacks is made, and what it has stays as it is", () => {
    expect(missingGlobals(dump, existing)).toEqual([
      "SET standard_conforming_strings = on",
      'CREATE ROLE "new; role"',
      `ALTER ROLE "new; role" WITH LOGIN PASSWORD 'it''s; \\'`,
      `COMMENT ON ROLE "new; role" IS E'a\\'b; \\\\'`,
      `ALTER ROLE postgres IN DATABASE "shop" SET "work_mem" TO '1MB'`,
      'GRANT "new; role" TO postgres WITH ADMIN OPTION',
      "CREATE TABLESPACE slow OWNER postgres LOCATION '/slow'",
      'CREATE DATABASE "other" TEMPLATE = template0',
      'ALTER DATABASE "shop" OWNER TO postgres',
    ]);
  });

  test("who granted a role stays where they may grant it here, too", () => {
    const grants = [
      'GRANT a TO "b; c" WITH ADMIN OPTION, INHERIT TRUE GRANTED BY app;',
      'GRANT a TO d WITH INHERIT FALSE GRANTED BY "b; c";',
      "GRANT a TO e GRANTED BY d;",
      "GRANT CREATE ON TABLESPACE fast TO e;",
    ];

    expect(missingGlobals(grants.join("\n"), existing)).toEqual([
      'GRANT a TO "b; c" WITH ADMIN OPTION, INHERIT TRUE',
      'GRANT a TO d WITH INHERIT FALSE GRANTED BY "b; c"',
      "GRANT a TO e",
      "GRANT CREATE ON TABLESPACE fast TO e",
    ]);
  });

  test("a command for psql stays, for psql to refuse", () => {
    expect(missingGlobals("SELECT 1;\n\\! touch x\nSELECT 2;", existing)).toEqual([
      "SELECT 1",
      "\\! touch x\nSELECT 2",
    ]);
  });
});
