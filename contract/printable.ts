/**
 * What a terminal would obey instead of show: control characters (C0, DEL, C1), what turns the direction of text around
 * (https://trojansource.codes), and what Unicode ends a line or paragraph by.
 */
const obeyed = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu;

const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** A text from outside on one line, with every such character as an escape that is seen: `\u001b`, `\n`. JSON stays JSON. */
export function printable(text: string): string {
  return text.replace(obeyed, escaped);
}

/** The same, of several lines. A tab stays as well: it only moves on, and a statement that is to be copied may hold one. */
export function printableLines(text: string): string {
  return text.replace(obeyed, (character) => (/[\n\t]/.test(character) ? character : escaped(character)));
}

function escaped(character: string): string {
  return short[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
