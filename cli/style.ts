import { randomUUID } from "node:crypto";
import { printableLines } from "../contract/printable.ts";

/**
 * Stands for a control sequence until the text is written. It is another one in each process, so that nothing that comes from
 * outside can hold it: only our own formatting becomes control characters.
 */
const [markStart, markEnd] = [`\ufdd0${randomUUID()}\ufdd1`, "\ufdd2"];
const mark = new RegExp(`${markStart}(\\d+)${markEnd}`, "gu");

type Style = (text: string) => string;

/** What they give is for {@link writable}, which knows whether there are colours. */
export const style = {
  bold: styleOf(1, 22),
  dim: styleOf(2, 22),
  underline: styleOf(4, 24),
  red: styleOf(31, 39),
  green: styleOf(32, 39),
  yellow: styleOf(33, 39),
} as const satisfies Record<string, Style>;

/** What is written of a text: its lines as they are, its styles where there are colours, every other control character as an escape. */
export function writable(text: string, hasColours: boolean): string {
  return printableLines(text).replaceAll(mark, hasColours ? "\x1b[$1m" : "");
}

/**
 * Whether what is written there is to have colours: on a terminal that has them, unless NO_COLOR says otherwise
 * (https://no-color.org), and elsewhere only where FORCE_COLOR asks for them. A CI's log is no terminal.
 */
export function hasColours(stream: Pick<NodeJS.WriteStream, "isTTY"> & Partial<NodeJS.WriteStream>): boolean {
  if (stream.isTTY) return stream.hasColors?.() ?? false;
  const { FORCE_COLOR, NO_COLOR } = process.env;
  return (NO_COLOR ?? "") === "" && !["", "0", "false"].includes(FORCE_COLOR ?? "");
}

/** The parameters of ECMA-48's SGR that begin and end it. */
function styleOf(begin: number, end: number): Style {
  return (text) => `${markStart}${begin}${markEnd}${text}${markStart}${end}${markEnd}`;
}
