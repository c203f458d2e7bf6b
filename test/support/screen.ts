/** What a terminal shows after it was written to. */
export interface Screen {
  /** From the first line to the last one that is not empty, without spaces at their ends. */
  readonly lines: readonly string[];
  readonly isCursorShown: boolean;
  /** Whether a line that is longer than the terminal goes on in the next one. */
  readonly isWrapping: boolean;
  /** Whether something is written in another colour or weight than the default. */
  readonly isStyled: boolean;
}

/** One sequence of control characters or one character that is shown. */
const token = /\x1b\[([?0-9;]*)([A-Za-z])|\x1b([78])|[^]/gu; // eslint-disable-line no-control-regex -- they are what is looked for

/**
 * What is seen after a terminal of so many columns was sent that text. It never scrolls.
 * @throws {Error} for a sequence that no command of ours has a reason to send
 */
export function screenOf(text: string, columns: number): Screen {
  const rows: string[][] = [[]];
  let [row, column, saved] = [0, 0, { row: 0, column: 0 }];
  let [isCursorShown, isWrapping, isStyled] = [true, true, false];
  const line = (): string[] => (rows[row] ??= []);
  for (const [sequence, parameter = "", final = "", key = ""] of text.matchAll(token)) {
    const number = parameter === "" ? 0 : Number(parameter);
    if (sequence === "\n") row++;
    else if (sequence === "\r") column = 0;
    else if (key === "7") saved = { row, column };
    else if (key === "8") ({ row, column } = saved);
    else if (final === "m") isStyled = !["0", "22", "39"].includes(parameter);
    else if (final === "G") column = Math.max(number, 1) - 1;
    else if (final === "K") rows[row] = number === 0 ? line().slice(0, column) : [];
    else if (parameter === "?25") isCursorShown = final === "h";
    else if (parameter === "?7") isWrapping = final === "h";
    else if (/\p{Cc}/u.test(sequence)) throw new Error(`the terminal was sent ${JSON.stringify(sequence)}`);
    else {
      if (column === columns && isWrapping) [row, column] = [row + 1, 0];
      column = Math.min(column, columns - 1);
      while (line().length < column) line().push(" ");
      line()[column++] = sequence;
    }
  }
  const lines = Array.from(rows, (characters: string[] | undefined) => (characters ?? []).join("").trimEnd());
  while (lines.at(-1) === "") lines.pop();
  return { lines, isCursorShown, isWrapping, isStyled };
}
