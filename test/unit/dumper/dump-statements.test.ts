import { describe, expect, test } from "@jest/globals";
import { piecesOf } from "../../../dumper/restore/dump-statements.ts";

async function* inChunksOf(size: number, text: string): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  const chunk = Buffer.alloc(size); // used again, as a stage upstream may do
  for (let at = 0; at < bytes.length; at += size) {
    const length = bytes.copy(chunk, 0, at, at + size);
    yield Promise.resolve(chunk.subarray(0, length));
  }
}

// Psql counts every begin of a routine, as those of BEGIN ATOMIC.
describe.each([1, 7, 1_000_000])("in chunks of %i a name begin", (size) => {
  const pad = "1 + ".repeat(20_000);

  test.each([
    ["of a column", "SELECT b.begin,\n  begin FROM b; SELECT CASE WHEN x THEN 1 END AS begin;", 3],
    ["before what begins no block", "SELECT begin;", 1],
    ["beside a long expression", `SELECT ${size === 1 ? "" : pad} begin;`, 1],
  ])("%s is quoted in the body of a routine", async (_, body, names) => {
    const head = "CREATE FUNCTION f(begin int) RETURNS SETOF date\n    LANGUAGE sql\n    BEGIN ATOMIC\n";
    const dump = `${head} ${body}\nEND;\n\nSELECT begin;\n`;

    const script = await scriptOf(dump, size);

    expect(script.split('"begin"')).toHaveLength(names + 1);
    expect(script.replaceAll('"begin"', "begin")).toBe(dump);
    expect(script).toMatch(/^CREATE FUNCTION f\(begin int\) .*\n\nSELECT begin;\n$/s);
  });

  test("of a routine or its schema is quoted", async () => {
    expect(await scriptOf("CREATE FUNCTION begin.begin(int) RETURNS int AS $$ begin $$;SELECT 1;", size)).toBe(
      'CREATE FUNCTION "begin"."begin"(int) RETURNS int AS $$ begin $$;SELECT 1;',
    );
  });
});

/** All pieces, together. */
async function scriptOf(dump: string, size: number): Promise<string> {
  let script = "";
  for await (const { bytes } of piecesOf(inChunksOf(size, dump))) script += bytes.toString();
  return script;
}

/** Each statement without what is before it, and what its rows are; nothing else. */
async function statementsOf(dump: string, size: number): Promise<readonly string[]> {
  const statements: string[] = [];
  let all = "";
  for await (const { kind, bytes, first } of piecesOf(inChunksOf(size, dump))) {
    all += bytes.toString("latin1");
    if (kind === "statement") statements.push(bytes.toString("utf8", first));
    if (kind === "end of rows") statements.push("rows");
  }
  expect(all).toBe(Buffer.from(dump).toString("latin1"));
  return statements;
}

const long = `SELECT '${"x".repeat(200_000)};';`;

describe.each([1, 3, 64, 1_000_000])("a dump in chunks of %i", (size) => {
  test.each([
    ["plain", ["SELECT 1;", "SELECT 2;"]],
    ["with comments", ["SELECT 1 -- it's; a comment\n;", "SELECT /* ; ' */ 2;"]],
    ["with quotes", ["SELECT 'a;''b', E'\\';', \"c;\"\"d\", e'\\\\', b'1';", "SELECT 'x\\';", "SELECT U&'\\;';"]],
    ["with dollars", ["DO $$ ; $$;", "DO $a$ ; $$ ; $a$;", "SELECT $1, a$b;", "SELECT $ä$;$ä$;"]],
    ["with parentheses", ["CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2);", "SELECT (')');"]],
    [
      "with routines",
      [
        "CREATE FUNCTION f(begin int) RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END;",
        "CREATE OR REPLACE PROCEDURE p() begin atomic SELECT 1; end;",
        "CREATE TABLE begin (end int);",
        "BEGIN;",
        "COMMIT;",
      ],
    ],
    ["with an end that is none", ["SELECT 'é;☃';", "SELECT 1e5;", "SELECT 1-2;", "SELECT 3/4;"]],
  ])("is split where psql splits it: %s", async (_, statements) => {
    const dump = `--\n-- Name: x; Type: y\n--\n\n${statements.join("\n\n")}\n\n-- the end;\n`;

    expect(await statementsOf(dump, size)).toEqual(statements);
  });

  test("keeps rows apart from statements", async () => {
    const copy = 'COPY public."t;" (a, "b") FROM stdin;';
    const dump = `${copy}\n1\tit's;\nBEGIN;\n\\\\.\n\\.\n\n\n${copy}\n\\.\n\nSELECT 1;\n`;

    expect(await statementsOf(dump, size)).toEqual([copy, "rows", copy, "rows", "SELECT 1;"]);
  });
});

test.each([100, 65_536, 1_000_000])("a long statement passes in parts, in chunks of %i", async (size) => {
  expect(await statementsOf(`SELECT 1;\n${long}\nSELECT 2;`, size)).toEqual(
    size > 200_000 ? ["SELECT 1;", long, "SELECT 2;"] : ["SELECT 1;", "SELECT 2;"],
  );
});

const columns = Array.from({ length: 1_000 }, (_, index) => `"${`column ${index} `.padEnd(63, "x")}"`).join(", ");

// Whoever may write a row could otherwise run SQL in a restore.
describe.each([1, 13, 1_000, 65_536, 1_000_000])(
  "in chunks of %i the rows of a wide table are no statements",
  (size) => {
    const copy = `COPY public.wide (${columns}) FROM stdin;`;
    const rows = "BEGIN; CREATE ROLE evil SUPERUSER; --\nCOMMIT;\n";

    const heads = [
      ["after other statements", `SELECT 1;\n\n${copy}`],
      ["after a long comment", `-- ${"x;".repeat(35_000)}\n\n/* ${"y;".repeat(35_000)} */ ${copy}`],
    ] as const;

    // Byte by byte one takes a second.
    test.each(heads.slice(0, size === 1 ? 1 : 2))("%s", async (_, head) => {
      const statements = await statementsOf(`${head}\n${rows}\\.\n\nSELECT 2;\n`, size);

      expect(statements.slice(-3)).toEqual([copy, "rows", "SELECT 2;"]);
      expect(statements).not.toContain("COMMIT;");
    });
  },
);

test("a COPY that is longer than any server's is refused, whatever comes after it", async () => {
  await expect(statementsOf(`COPY public."${"x".repeat(2_000_000)}`, 65_536)).rejects.toThrow(
    /a COPY of more than 1048576 bytes/,
  );
});
