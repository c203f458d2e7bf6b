import { printable } from "./printable.ts";

const mostCharacters = 80;

/** What was read, in quotation marks and on one line, for a message; the beginning of a long one. */
export function quoted(text: string): string {
  return printable(JSON.stringify(text.length > mostCharacters ? `${text.slice(0, mostCharacters)}…` : text));
}
