import {
  closeBrace,
  closeBracket,
  newline,
  openBrace,
  openBracket,
  quote,
  stringEnd,
  valueEnd,
} from "../source/search/json-bytes.ts";

/** A line of a dump, as a bulk request wants it. */
export interface Document {
  readonly index: string;
  readonly id: string;
  readonly routing: string | null;
  /** As it is in the dump, byte by byte. */
  readonly source: Buffer;
}

/** A line of a dump; its source is null when it has none. */
export interface Line extends Omit<Document, "source"> {
  readonly source: Buffer | null;
}

const sourceKey = '"_source"';

interface Metadata {
  readonly _index?: string;
  readonly _id?: string;
  readonly _routing?: string;
}

/** @throws {SyntaxError} when it is no document */
export function parseDocument(line: Buffer): Line {
  const place = sourceOf(line);
  const metadata =
    place === null
      ? line.toString("utf8")
      : `${line.toString("utf8", 0, place.start)}null${line.toString("utf8", place.end)}`;
  const { _index: index, _id: id, _routing: routing } = JSON.parse(metadata) as Metadata;
  if (index === undefined || id === undefined) throw new SyntaxError("it has no index or no id");
  return { index, id, routing: routing ?? null, source: place === null ? null : line.subarray(place.start, place.end) };
}

/** Looks only at the members of the line's own object. */
function sourceOf(line: Buffer): { readonly start: number; readonly end: number } | null {
  let depth = 0;
  for (let position = 0; position < line.length; position++) {
    const byte = line[position];
    if (byte === quote) {
      const end = stringEnd(line, position);
      const isKey = depth === 1 && line.toString("latin1", position, end + 1) === sourceKey;
      const start = isKey ? line.indexOf(openBrace, end) : -1;
      if (start !== -1) return { start, end: valueEnd(line, start) };
      position = end;
    } else if (byte === openBrace || byte === openBracket) {
      depth++;
    } else if (byte === closeBrace || byte === closeBracket) {
      depth--;
    }
  }
  return null;
}

/** The lines of a dump, without their ends. @throws {SyntaxError} when the last one has no end */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let begun: Buffer[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      const rest = chunk.subarray(start, end);
      yield begun.length === 0 ? Buffer.from(rest) : Buffer.concat([...begun, rest]);
      begun = [];
      start = end + 1;
    }
    if (start < chunk.length) begun.push(Buffer.from(chunk.subarray(start)));
  }
  if (begun.length > 0) throw new SyntaxError("the last line has no end");
}
