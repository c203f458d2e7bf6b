import { RunFailed } from "../../failure.ts";
import {
  blank,
  carriageReturn,
  closeBrace,
  closeBracket,
  comma,
  newline,
  openBrace,
  openBracket,
  quote,
  stringEnd,
} from "./json-bytes.ts";
import { blankComment, slash } from "./json-comments.ts";
import { PageMemory } from "./page-memory.ts";

//   {"pit_id":"…","_shards":{…},"hits":{"max_score":null,"hits":[{"_index":"a",…,"_source":{…},"sort":[7]},{…}]}}
//   └──────────────── envelope: parsed ────────────────────────┘└──────────── hits: bytes ────────────────┘└ envelope ┘
//
// Documents are never parsed: their bytes go into the dump as they are, which is several times faster and keeps numbers
// that JavaScript cannot hold. What is looked at is only where each hit begins and ends.
const indexKey = Buffer.from('{"_index":"');
/** The last member of a hit: servers write it there when nothing is asked for that would follow it. */
const sortKey = Buffer.from(',"sort":');
const sourceKey = Buffer.from('"_source":');
const hitsKey = '"hits":';

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

/** In UTF-8. Servers take it before a document, and keep it. */
const byteOrderMark = Buffer.from("\u{feff}");

/** Bytes that need no look outside of texts, as 1: those of numbers and words, and most of what stands between. */
const isPlain = new Uint8Array(256).fill(1);
const looked = [
  quote,
  openBrace,
  closeBrace,
  openBracket,
  closeBracket,
  newline,
  carriageReturn,
  slash,
  byteOrderMark[0] ?? 0,
];
for (const byte of looked) isPlain[byte] = 0;

const nothingRenamed: ReadonlyMap<string, string> = new Map();

/**
 * Takes an answer of `_search` or `_search/scroll` apart. Its memory is changed and must not be used afterwards.
 * @param renamed the names to write in the place of an index's own
 * @param memory where the lines are put: they are valid until the next ones are put there
 * @throws {SyntaxError} when it is not such an answer, or not a whole one
 * @throws {RunFailed} when a document is without its `_source`
 */
export function readPage(answer: Buffer, renamed = nothingRenamed, memory = new PageMemory()): Page {
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
  return { hits: hits.length, lastSort, envelope, ...linesOf(answer, hits, renamed, memory) };
}

/** The position after the bracket that opens the array of hits. */
function findHits(answer: Buffer): number {
  let depth = 0;
  let section = "";
  for (let position = 0; position < answer.length; position++) {
    const byte = answer[position] ?? 0;
    if (isPlain[byte] === 1) continue;
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
  let hasSource = false;
  let depth = 1;
  const { length } = answer;
  for (let position = nameEnd + 1; position < length; position++) {
    const byte = answer[position] ?? 0;
    if (isPlain[byte] === 1) continue;
    if (byte === quote) {
      const end = stringEnd(answer, position);
      if (depth === 1 && !hasSource) hasSource = isSource(answer, position, end);
      position = end;
    } else if (byte === openBrace) {
      depth++;
    } else if (byte === openBracket) {
      if (depth === 1 && isSort(answer, position)) bodyEnd = position - sortKey.length;
      depth++;
    } else if (byte === closeBrace || byte === closeBracket) {
      depth--;
      if (depth > 0) continue;
      if (!hasSource) throw withoutSource(answer.toString("utf8", start + indexKey.length, nameEnd));
      return { start, nameEnd, bodyEnd: bodyEnd === 0 ? position : bodyEnd, end: position + 1 };
    } else if (byte === newline || byte === carriageReturn) {
      answer[position] = blank;
    } else if (byte === slash) {
      position = blankComment(answer, position, depth === 1 && hasSource);
    } else if (byte === byteOrderMark[0]) {
      position = blankMark(answer, position);
    }
  }
  throw new SyntaxError("it ends in the middle of a hit");
}

/** Whether the text that begins and ends there is the member's name; an `_id` may be the same text, and is followed by a comma. */
function isSource(answer: Buffer, start: number, end: number): boolean {
  return end - start === sourceKey.length - 2 && answer.subarray(start, end + 2).equals(sourceKey);
}

/** The position of its last byte. */
function blankMark(answer: Buffer, start: number): number {
  const end = start + byteOrderMark.length;
  if (!answer.subarray(start, end).equals(byteOrderMark)) throw new SyntaxError("there is text outside of quotes");
  answer.fill(blank, start, end);
  return end - 1;
}

function withoutSource(index: string): RunFailed {
  const remedy = "look at the mapping and the settings of that index, or run again where it was changed meanwhile";
  return new RunFailed("source", `a document of ${index} came without its _source`, { remedy });
}

function isSort(answer: Buffer, position: number): boolean {
  return answer.subarray(position - sortKey.length, position).equals(sortKey);
}

function linesOf(
  answer: Buffer,
  hits: readonly Hit[],
  renamed: ReadonlyMap<string, string>,
  memory: PageMemory,
): Pick<Page, "lines" | "counts"> {
  const counts = new Map<string, number>();
  const longest = Math.max(0, ...[...renamed.values()].map((name) => Buffer.byteLength(name)));
  const lines = memory.take(answer.length + hits.length * longest);
  let length = 0;
  let name: Buffer = Buffer.alloc(0);
  let count = 0;
  let written = name;
  const tally = () => {
    if (count > 0) counts.set(name.toString("utf8"), (counts.get(name.toString("utf8")) ?? 0) + count);
    count = 0;
  };
  for (const { start, nameEnd, bodyEnd } of hits) {
    const own = answer.subarray(start + indexKey.length, nameEnd);
    if (!own.equals(name)) {
      tally();
      name = own;
      written = Buffer.from(renamed.get(own.toString("utf8")) ?? own);
    }
    count++;
    length += indexKey.copy(lines, length);
    length += written.copy(lines, length);
    length += answer.copy(lines, length, nameEnd, bodyEnd);
    lines[length++] = closeBrace;
    lines[length++] = newline;
  }
  tally();
  return { lines: lines.subarray(0, length), counts };
}
