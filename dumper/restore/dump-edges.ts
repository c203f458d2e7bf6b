import { edgeBytes } from "../process/seen.ts";

/** Changes to the beginning and the end of a dump, one character for each byte. */
export interface EdgeEdits {
  /** Gets the first 4 KiB. */
  readonly head: (text: string) => string;
  /** Gets the last 4 KiB, at the most: what is left of a short dump when the head was edited. */
  readonly tail: (text: string) => string;
}

/** The dump with its edges edited; every byte between them passes as it is. */
export async function* withEdges(dump: AsyncIterable<Buffer>, edits: EdgeEdits): AsyncGenerator<Buffer> {
  let head: Buffer | null = Buffer.alloc(0);
  let tail = Buffer.alloc(0);
  for await (const chunk of dump) {
    let passing: Buffer = chunk;
    if (head !== null) {
      head = Buffer.concat([head, chunk]);
      if (head.length < edgeBytes) continue;
      passing = Buffer.concat([edited(head.subarray(0, edgeBytes), edits.head), head.subarray(edgeBytes)]);
      head = null;
    }
    const last = passing.subarray(-edgeBytes);
    const kept = Math.min(tail.length, edgeBytes - last.length);
    yield tail.subarray(0, tail.length - kept);
    yield passing.subarray(0, passing.length - last.length);
    tail = Buffer.concat([tail.subarray(tail.length - kept), last]);
  }
  yield edited(head === null ? tail : edited(head, edits.head), edits.tail);
}

/** latin1 keeps every byte as it is. */
function edited(bytes: Buffer, edit: (text: string) => string): Buffer {
  return Buffer.from(edit(bytes.toString("latin1")), "latin1");
}
