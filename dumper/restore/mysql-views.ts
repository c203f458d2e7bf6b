import { RunFailed } from "../failure.ts";
import { piecesOf } from "./mysql-statements.ts";

/** The comment before a view's definition. */
const mark = "-- Final view structure for view `";
/** The statement that ends it. */
const end = /^\/\*!50001 SET collation_connection {6}= @saved_col_connection \*\/;$/;

/** Definitions are held until all databases are there: some 10,000 views. */
const longestDefinitions = 64 * 1024 * 1024;

/**
 * A dump without the definitions of its views, which both tools write last, in the order of their names: before them each view has a
 * place-holder with the same columns. A view that needs another database can so wait until that is there.
 * @param isMended whether the ends of routines are looked for in comments, as in {@link piecesOf}
 * @param keep gets the definitions, when the dump has been read to its end
 * @throws {RunFailed} when the definitions are longer than what may be held
 */
export async function* withoutViews(
  dump: AsyncIterable<Buffer>,
  isMended: boolean,
  keep: (views: Buffer) => void,
): AsyncGenerator<Buffer> {
  const views: Buffer[] = [];
  let length = 0;
  let isInView = false;
  for await (const { kind, begins, bytes } of piecesOf(dump, { mends: isMended })) {
    // What an identifier or a text has of the same words is inside of a statement.
    isInView ||= kind === "comment" && begins && bytes.toString("latin1", 0, mark.length) === mark;
    if (!isInView) {
      yield bytes;
      continue;
    }
    length += bytes.length;
    if (length > longestDefinitions) throw tooLong();
    views.push(Buffer.from(bytes));
    if (kind === "statement" && begins && end.test(bytes.toString("latin1", 0, 100))) {
      views.push(Buffer.from("\n"));
      isInView = false;
    }
  }
  keep(Buffer.concat(views));
}

function tooLong(): RunFailed {
  return new RunFailed("source", `the definitions of views are longer than ${longestDefinitions} bytes`, {
    remedy: "restore the databases one by one, in an order in which each finds what its views refer to",
  });
}
