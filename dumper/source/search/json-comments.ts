import { blank, carriageReturn, comma, newline } from "./json-bytes.ts";

const star = 0x2a;
export const slash = 0x2f;
const blockEnd = Buffer.from("*/");

/**
 * What a server writes after a document: its sort value, which is a number, and the end of the hit. The last line of a document may
 * be a comment without a line break, and then this is all that tells its end.
 */
const afterDocument = /^,"sort":\[-?\d+\]\}(,\{"_index":"|\])/;
const afterDocumentBytes = 48;

/**
 * Makes blanks of a comment, which servers take in documents and keep: https://github.com/FasterXML/jackson-core/wiki/JsonParser-Features
 * @param start the position of its first byte
 * @param mayBeLast whether it may end with its document, without a line break
 * @returns the position of its last byte
 * @throws {SyntaxError} when it is none, or does not end
 */
export function blankComment(bytes: Buffer, start: number, mayBeLast: boolean): number {
  const end = bytes[start + 1] === star ? blockCommentEnd(bytes, start) : lineCommentEnd(bytes, start, mayBeLast);
  bytes.fill(blank, start, end);
  return end - 1;
}

function blockCommentEnd(bytes: Buffer, start: number): number {
  const end = bytes.indexOf(blockEnd, start + 2);
  if (end === -1) throw new SyntaxError("it ends in the middle of a comment");
  return end + blockEnd.length;
}

function lineCommentEnd(bytes: Buffer, start: number, mayBeLast: boolean): number {
  if (bytes[start + 1] !== slash) throw new SyntaxError("there is a slash outside of texts and comments");
  for (let end = start + 2; end < bytes.length; end++) {
    const byte = bytes[end];
    if (byte === newline || byte === carriageReturn) return end;
    if (mayBeLast && byte === comma && isAfterDocument(bytes, end)) return end;
  }
  throw new SyntaxError("it ends in the middle of a comment");
}

/** A comment that looks as if the hit ended in it makes more hits than the server has counted, and ends the dump. */
function isAfterDocument(bytes: Buffer, position: number): boolean {
  return afterDocument.test(bytes.toString("latin1", position, position + afterDocumentBytes));
}
