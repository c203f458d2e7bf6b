//   {"pit_id":"…","_shards":{…},"hits":{"max_score":null,"hits":[{"_index":"a",…,"_source":{…},"sort":[7]},{…}]}}
//   └──────────────── envelope: parsed ────────────────────────┘└──────────── hits: bytes ────────────────┘└ envelope ┘
//
// Documents are never parsed: their bytes go into the dump as they are, which is several times faster and keeps numbers
// that JavaScript cannot hold. What is looked at is only where each hit begins and ends.
const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const blank = 0x20;
const newline = 0x0a;
const carriageReturn = 0x0d;
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

const indexKey = Buffer.from('{"_index":"');
/** The last member of a hit: servers write it there when nothing is asked for that would follow it. */
const sortKey = Buffer.from(',"sort":');
const hitsKey = '"hits":';
/** In bytes. */
const shortString = 24;

export interface Page {
  /** One hit a line, without its sort values. */
  readonly lines: Buffer;
  readonly hits: number;
  /** The number of hits by the index that they are of, by the server's own names. */
  readonly counts: ReadonlyMap<string, number>;
  /** The sort values of the last hit, as JSON. Null when there is none. */
  readonly lastSort: string | null;
  /** The answer without its hits. */
  readonly envelope: unknown;
}

interface Hit {
  readonly start: number;
  /** Where the name of its index ends. */
  readonly nameEnd: number;
  /** Where its last member begins, the sort values; its end when there are none. */
  readonly bodyEnd: number;
  /** After its closing brace. */
  readonly end: number;
}

/**
 * Takes an answer of `_search` or `_search/scroll` apart. Its memory is changed and must not be used afterwards.
 * @param renamed the names to write in the place of an index's own
 * @throws {SyntaxError} when it is not such an answer, or not a whole one
 */
export function readPage(answer: Buffer, renamed: ReadonlyMap<string, string> = new Map()): Page {
  const arrayStart = findHits(answer);
  const hits: Hit[] = [];
  let position = arrayStart;
  while (answer[position] === openBrace) {
    const hit = readHit(answer, position);
    hits.push(hit);
    position = answer[hit.end] === comma ? hit.end + 1 : hit.end;
  }
  if (answer[position] !== closeBracket) throw new SyntaxError("its hits are not all objects");
  const envelope = JSON.parse(answer.toString("utf8", 0, arrayStart) + answer.toString("utf8", position)) as unknown;
  const last = hits.at(-1);
  const hasSort = last !== undefined && last.bodyEnd < last.end - 1;
  const lastSort = hasSort ? answer.toString("utf8", last.bodyEnd + sortKey.length, last.end - 1) : null;
  return { hits: hits.length, lastSort, envelope, ...linesOf(answer, hits, renamed) };
}

/** The position after the bracket that opens the array of hits. */
function findHits(answer: Buffer): number {
  let depth = 0;
  let section = "";
  for (let position = 0; position < answer.length; position++) {
    const byte = answer[position];
    if (byte === quote) {
      const end = stringEnd(answer, position);
      if (depth === 1) section = answer.toString("utf8", position, end + 1);
      position = end;
    } else if (byte === openBrace || byte === openBracket) {
      const isArray = byte === openBracket && depth === 2 && section === '"hits"';
      if (isArray && answer.toString("latin1", position - hitsKey.length, position) === hitsKey) return position + 1;
      depth++;
    } else if (byte === closeBrace || byte === closeBracket) {
      depth--;
    }
  }
  throw new SyntaxError("it holds no hits");
}

/** Line breaks between the tokens of a document, kept by the server as they were sent to it, become blanks. */
function readHit(answer: Buffer, start: number): Hit {
  if (!answer.subarray(start, start + indexKey.length).equals(indexKey)) {
    throw new SyntaxError("a hit does not begin with its index");
  }
  const nameEnd = stringEnd(answer, start + indexKey.length - 1);
  let bodyEnd = 0;
  let depth = 1;
  const { length } = answer;
  for (let position = nameEnd + 1; position < length; position++) {
    const byte = answer[position];
    if (byte === quote) {
      position = stringEnd(answer, position);
    } else if (byte === openBrace) {
      depth++;
    } else if (byte === openBracket) {
      if (depth === 1 && isSort(answer, position)) bodyEnd = position - sortKey.length;
      depth++;
    } else if (byte === closeBrace || byte === closeBracket) {
      depth--;
      if (depth === 0) return { start, nameEnd, bodyEnd: bodyEnd === 0 ? position : bodyEnd, end: position + 1 };
    } else if (byte === newline || byte === carriageReturn) {
      answer[position] = blank;
    }
  }
  throw new SyntaxError("it ends in the middle of a hit");
}

function isSort(answer: Buffer, position: number): boolean {
  return answer.subarray(position - sortKey.length, position).equals(sortKey);
}

/** The position of the quote that ends a string. @param start that of the quote that begins it */
function stringEnd(answer: Buffer, start: number): number {
  let end = start + 1;
  // Most strings are short, and looked through here in less time than a call of indexOf takes.
  const near = Math.min(answer.length, end + shortString);
  while (end < near && answer[end] !== quote && answer[end] !== backslash) end++;
  if (answer[end] === quote) return end;
  for (end = answer.indexOf(quote, end); end !== -1; end = answer.indexOf(quote, end + 1)) {
    let before = end - 1;
    while (answer[before] === backslash) before--;
    if ((end - before) % 2 === 1) return end;
  }
  throw new SyntaxError("it ends in the middle of a text");
}

function linesOf(
  answer: Buffer,
  hits: readonly Hit[],
  renamed: ReadonlyMap<string, string>,
): Pick<Page, "lines" | "counts"> {
  const counts = new Map<string, number>();
  const names = hits.map(({ start, nameEnd }) => answer.toString("utf8", start + indexKey.length, nameEnd));
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const written = [...counts.keys()].map((name) => [name, Buffer.from(renamed.get(name) ?? name)] as const);
  const nameBytes = new Map(written);
  const longest = Math.max(0, ...written.map(([, bytes]) => bytes.length));
  const lines = Buffer.allocUnsafe(answer.length + hits.length * longest);
  let length = 0;
  for (const [number, { nameEnd, bodyEnd }] of hits.entries()) {
    length += indexKey.copy(lines, length, 0);
    length += nameBytes.get(names[number] ?? "")?.copy(lines, length) ?? 0;
    length += answer.copy(lines, length, nameEnd, bodyEnd);
    lines[length++] = closeBrace;
    lines[length++] = newline;
  }
  return { lines: lines.subarray(0, length), counts };
}
