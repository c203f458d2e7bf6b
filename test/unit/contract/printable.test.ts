import { describe, expect, test } from "@jest/globals";
import { printable, printableLines } from "../../../contract/printable.ts";
import { quoted } from "../../../contract/quoted.ts";
import { RunFailed } from "../../../dumper/failure.ts";

/** What a terminal would obey, with how it is shown. */
const hostile = [
  ["a control sequence", "\x1b[2J", "\\u001b[2J"],
  ["a title", "\x1b]0;owned\x07", "\\u001b]0;owned\\u0007"],
  ["a control sequence of one C1 character", "\u009b2J", "\\u009b2J"],
  ["DEL", "a\x7f", "a\\u007f"],
  ["a backspace", "a\b", "a\\u0008"],
  ["NUL", "\0", "\\u0000"],
  ["a carriage return", "safe\rgone", "safe\\rgone"],
  ["text that is turned around", "\u202egz.lqs\u2066", "\\u202egz.lqs\\u2066"],
  ["a mark of direction", "\u200f\u061c", "\\u200f\\u061c"],
  ["separators of lines", "a\u2028b\u2029", "a\\u2028b\\u2029"],
] as const;

test.each(hostile)("%s is shown as an escape", (_, text, shown) => {
  expect(printable(text)).toBe(shown);
  expect(printableLines(`${text}\n`)).toBe(`${shown}\n`);
});

test("a line feed and a tab are shown too, but where there are several lines", () => {
  expect(printable("a\n\tb")).toBe("a\\n\\tb");
  expect(printableLines("a\n\tb\n")).toBe("a\n\tb\n");
});

test.each(["émoji ☃ 👩‍💻", "naïve [2J", "שלום", "日本語", 'C:\\u001b "x"'])("%j is printed as it is", (text) => {
  expect(printable(text)).toBe(text);
});

describe("JSON", () => {
  test("stays JSON, and comes back as it was", () => {
    const text = hostile.map(([, hostileText]) => `\\${hostileText}`).join('"');

    const shown = printable(JSON.stringify({ [text]: text }));

    expect(shown).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u);
    expect(JSON.parse(shown)).toEqual({ [text]: text });
  });
});

test("what a message quotes or was told by a server is printable", () => {
  const said = `ERROR: \x1b[2J\u009b\n  at \u202e`;

  expect(quoted(said)).toBe(String.raw`"ERROR: \u001b[2J\u009b\n  at \u202e"`);
  expect(new RunFailed("source", said, { remedy: "x" }).message).toBe(
    String.raw`ERROR: \u001b[2J\u009b | at \u202e; x`,
  );
});
