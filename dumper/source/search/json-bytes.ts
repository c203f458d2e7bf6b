export const quote = 0x22;
export const backslash = 0x5c;
export const comma = 0x2c;
export const colon = 0x3a;
export const blank = 0x20;
export const newline = 0x0a;
export const carriageReturn = 0x0d;
export const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d] as const;

/** In bytes. */
const shortString = 24;

/**
 * The position of the quote that ends a string. @param start that of the quote that begins it
 * @throws {SyntaxError} when there is none
 */
export function stringEnd(bytes: Buffer, start: number): number {
  let end = start + 1;
  // Most strings are short, and looked through here in less time than a call of indexOf takes.
  const near = Math.min(bytes.length, end + shortString);
  while (end < near && bytes[end] !== quote && bytes[end] !== backslash) end++;
  if (bytes[end] === quote) return end;
  for (end = bytes.indexOf(quote, end); end !== -1; end = bytes.indexOf(quote, end + 1)) {
    let before = end - 1;
    while (bytes[before] === backslash) before--;
    if ((end - before) % 2 === 1) return end;
  }
  throw new SyntaxError("it ends in the middle of a text");
}

/**
 * The position after an object or array. @param start that of its opening brace or bracket
 * @throws {SyntaxError} when it does not end
 */
export function valueEnd(bytes: Buffer, start: number): number {
  let depth = 0;
  for (let position = start; position < bytes.length; position++) {
    const byte = bytes[position];
    if (byte === quote) {
      position = stringEnd(bytes, position);
    } else if (byte === openBrace || byte === openBracket) {
      depth++;
    } else if (byte === closeBrace || byte === closeBracket) {
      depth--;
      if (depth === 0) return position + 1;
    }
  }
  throw new SyntaxError("it ends in the middle of a value");
}
