import { describe, expect, test } from "@jest/globals";
import { withoutViews } from "../../../dumper/restore/mysql-views.ts";

const view = (name: string) =>
  `-- Final view structure for view \`${name}\`\n--\n\n/*!50001 SET collation_connection = x */;\n/*!50001 VIEW \`${name}\` */;\n/*!50001 SET collation_connection      = @saved_col_connection */;\n`;
const tables = "-- MySQL dump\n\nCREATE TABLE `t` (i INT);\n";
const routine =
  "\nDELIMITER ;;\nCREATE PROCEDURE p() BEGIN\n-- Final view structure for view `no`\nSELECT 1; END ;;\nDELIMITER ;\n";
const trailer = "/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;\n\n-- Dump completed\n";

/** The dump in pieces of so many bytes. */
async function partsOf(dump: string, bytes: number): Promise<{ readonly rest: string; readonly views: string }> {
  async function* pieces(): AsyncGenerator<Buffer> {
    const whole = Buffer.from(dump);
    for (let at = 0; at < whole.length; at += bytes) yield await Promise.resolve(whole.subarray(at, at + bytes));
  }
  let views = "";
  const rest: Buffer[] = [];
  for await (const piece of withoutViews(pieces(), false, (kept) => (views = kept.toString()))) rest.push(piece);
  return { views, rest: Buffer.concat(rest).toString() };
}

describe.each([1, 2, 7, 33, 34, 35, 36, 4096])("in pieces of %i bytes, the definitions of views", (bytes) => {
  test("are taken out, and all else is left as it was", async () => {
    const views = `${view("a")}\n--\n${view("b")}`;

    expect(await partsOf(`${tables}${routine}\n--\n${views}${trailer}`, bytes)).toEqual({
      views: `${view("a")}${view("b")}`,
      rest: `${tables}${routine}\n--\n\n\n--\n\n${trailer}`,
    });
  });

  test("are not what a name or a text has of them", async () => {
    const table = `CREATE TABLE \`t\` (\`x\n${view("b").replaceAll("`", "``")}\` int);\nINSERT INTO t VALUES ('\n${view("c")}');\n`;
    const comment = `-- it's\n/*\n-- Final view structure for view \`d\`\n*/\n`;

    expect(await partsOf(`${table}${comment}${view("a")}${trailer}`, bytes)).toEqual({
      views: view("a"),
      rest: `${table}${comment}\n${trailer}`,
    });
  });

  test("are not what a routine says of them", async () => {
    expect(await partsOf(`${tables}${routine}${trailer}`, bytes)).toEqual({
      views: "",
      rest: `${tables}${routine}${trailer}`,
    });
  });

  test("are not there in a dump without any, or in one of nothing", async () => {
    expect(await partsOf(`${tables}${trailer}`, bytes)).toEqual({ views: "", rest: `${tables}${trailer}` });
    expect(await partsOf("", bytes)).toEqual({ views: "", rest: "" });
  });
});
