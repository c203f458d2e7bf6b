import { randomUUID } from "node:crypto";
import pc from "picocolors";
import { printableLines } from "../contract/printable.ts";

/**
 * Stands for the beginning of a control sequence until the text is written. It is another one in each process, so that
 * nothing that comes from outside can hold it: only our own formatting becomes control characters.
 */
const mark = `\ufdd0${randomUUID()}\ufdd1`;

type Style = (text: string) => string;

/** Styles where the terminal has colours, and nothing elsewhere. What they give is for {@link writable}. */
export const style = {
  bold: styleOf(1, 22),
  dim: styleOf(2, 22),
  underline: styleOf(4, 24),
  red: styleOf(31, 39),
  green: styleOf(32, 39),
  yellow: styleOf(33, 39),
} as const satisfies Record<string, Style>;

/** What is written of a text: its lines and styles as they are, every other control character as an escape. */
export function writable(text: string): string {
  return printableLines(text).replaceAll(mark, "\x1b[");
}

/** The parameters of ECMA-48's SGR that begin and end it. */
function styleOf(begin: number, end: number): Style {
  return pc.isColorSupported ? (text) => `${mark}${begin}m${text}${mark}${end}m` : (text) => text;
}
