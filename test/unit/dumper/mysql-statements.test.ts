import { describe, expect, test } from "@jest/globals";
import { mended, type Piece, piecesOf } from "../../../dumper/restore/mysql-statements.ts";

/** The text in pieces of so many bytes. */
async function* inPieces(text: string, bytes: number): AsyncGenerator<Buffer> {
  const whole = Buffer.from(text);
  for (let at = 0; at < whole.length; at += bytes) yield await Promise.resolve(whole.subarray(at, at + bytes));
}

/** The comments and statements, each whole. */
async function readAs(text: string, bytes: number): Promise<readonly (readonly [Piece["kind"], string])[]> {
  const read: [Piece["kind"], string][] = [];
  for await (const { kind, begins, bytes: piece } of piecesOf(inPieces(text, bytes), { mends: false })) {
    const last = read.at(-1);
    if (begins || last === undefined) read.push([kind, piece.toString()]);
    else last[1] += piece.toString();
  }
  expect(read.map(([, piece]) => piece).join("")).toBe(text);
  return read.filter(([kind]) => kind !== "between");
}

async function mend(text: string, bytes: number): Promise<string> {
  const read: Buffer[] = [];
  for await (const piece of mended(inPieces(text, bytes))) read.push(piece);
  return Buffer.concat(read).toString();
}

const sizes = [1, 2, 7, 79, 80, 81, 1024, 65_536];

describe.each(sizes)("a dump in pieces of %i bytes", (bytes) => {
  test.each([
    ["text with everything that would end it", `INSERT INTO t VALUES ('; -- '' \\' ; # /*', "'; ", 0x3b, -1--2);`],
    ["names with line breaks", "CREATE TABLE `x\n-- Final; view ``b` (i INT);"],
    ["a comment with quotes and a semicolon", "SELECT 1 -- it's;\n, 2 # \";\n, 3 /* ';\n */;"],
    ["a comment for servers of a version", "/*!50003 SET x = '*/;' */ ;"],
    ["one of MariaDB", "/*M!100616 SET x = '*/;' */ ;"],
    ["a text longer than what is held", `SELECT '${";".repeat(5000)}';`],
  ])("is cut behind each statement, and not in %s", async (_, statement) => {
    expect(await readAs(`-- it's;\n${statement}\n--\n${statement}`, bytes)).toEqual([
      ["comment", "-- it's;\n"],
      ["statement", statement],
      ["comment", "--\n"],
      ["statement", statement],
    ]);
  });

  test("is cut as the client cuts it where the delimiter is another", async () => {
    const routine = "CREATE PROCEDURE p() BEGIN SELECT ';;'; -- ;;\nSELECT 2; /* ;; */ END ;;";

    expect(await readAs(`DELIMITER ;;\n${routine}\nDELIMITER ;\nSELECT 1;\n`, bytes)).toEqual([
      ["statement", routine],
      ["statement", "SELECT 1;"],
    ]);
  });

  test.each([
    ["NO_BACKSLASH_ESCAPES", "SELECT '\\' ;;"],
    ["ANSI_QUOTES", 'SELECT 1 AS "\\" ;;'],
  ])("is read in the SQL mode %s of a routine", async (mode, routine) => {
    const set = `/*!50003 SET sql_mode              = 'A,${mode}' */ ;`;
    const reset = "/*!50003 SET sql_mode              = @saved_sql_mode */ ;";
    const after = `SELECT '\\';', "\\";";`;

    expect(await readAs(`${set}\nDELIMITER ;;\n${routine}\nDELIMITER ;\n${reset}\n${after}\n`, bytes)).toEqual([
      ["statement", set],
      ["statement", routine],
      ["statement", reset],
      ["statement", after],
    ]);
  });

  const [closed, moved] = ["DELIMITER ;\n", "/*!50003 SET time_zone             = @saved_time_zone */ ;;\n"];

  test.each([
    ["procedure", "CREATE PROCEDURE p() SELECT 1 -- x */", ` ;;\n${closed}`],
    ["function", "CREATE FUNCTION f() RETURNS INT RETURN 1 # it's", ` ;;\n${closed}`],
    ["trigger", "/*!50003 TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET @a = 1 -- x ", `*/;;\n${closed}`],
    ["event", "/*!50106 EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1 -- ", `*/ ;;\n${moved}${closed}`],
  ])("gets a line break behind the comment that ends a %s, and nowhere else", async (_, program, end) => {
    const rest = `INSERT INTO t VALUES ('-- x ;;\n${closed}');\n-- x ;;\n${closed}`;
    const before = `DELIMITER ;;\nCREATE PROCEDURE o() BEGIN -- ;;\nSELECT '-- ;;\n${closed}'; END ;;\n${closed}`;

    expect(await mend(`${before}DELIMITER ;;\n${program}${end}${rest}`, bytes)).toBe(
      `${before}DELIMITER ;;\n${program}\n${end}${rest}`,
    );
  });
});
