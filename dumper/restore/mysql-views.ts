const mark = Buffer.from("\n-- Final view structure for view `");
const endOfView = Buffer.from("@saved_col_connection */;\n");
/** What a routine, trigger or event stands between: it may hold anything, the mark too. */
const routineBegins = Buffer.from("\nDELIMITER ;;\n");
const routineEnds = Buffer.from("\nDELIMITER ;\n");

/**
 * A dump without the definitions of its views, which both tools write last, in the order of their names: before them each view has a
 * place-holder with the same columns. A view that needs another database can so wait until that is there.
 * @param keep gets the definitions, when the dump has been read to its end
 */
export async function* withoutViews(
  dump: AsyncIterable<Buffer>,
  keep: (views: Buffer) => void,
): AsyncGenerator<Buffer> {
  let held = Buffer.alloc(0);
  let isInRoutine = false;
  const tail: Buffer[] = [];
  for await (const chunk of dump) {
    if (tail.length > 0) {
      tail.push(chunk);
      continue;
    }
    const bytes = Buffer.concat([held, chunk]);
    const at = viewsAt(bytes, isInRoutine);
    if (at !== null) {
      yield bytes.subarray(0, at);
      tail.push(bytes.subarray(at));
      continue;
    }
    isInRoutine = endsInRoutine(bytes, isInRoutine);
    // What may be the beginning of a mark.
    const passing = Math.max(0, bytes.length - mark.length);
    yield bytes.subarray(0, passing);
    held = Buffer.from(bytes.subarray(passing));
  }
  const views = Buffer.concat(tail.length > 0 ? tail : [held]);
  const end = views.lastIndexOf(endOfView);
  const length = tail.length > 0 && end >= 0 ? end + endOfView.length : 0;
  keep(views.subarray(0, length));
  yield views.subarray(length);
}

/** Where the definitions of views begin, after the mark's line break. Null: not in these bytes. */
function viewsAt(bytes: Buffer, isInRoutine: boolean): number | null {
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + 1)) {
    if (!endsInRoutine(bytes.subarray(0, at + 1), isInRoutine)) return at + 1;
  }
  return null;
}

function endsInRoutine(bytes: Buffer, isInRoutine: boolean): boolean {
  const [begins, ends] = [bytes.lastIndexOf(routineBegins), bytes.lastIndexOf(routineEnds)];
  return begins === ends ? isInRoutine : begins > ends;
}
