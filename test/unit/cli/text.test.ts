import { expect, test } from "@jest/globals";
import { durationText, sizeText, tableText } from "../../../cli/text.ts";

test.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1024, "1.0 KiB"],
  [1.5 * 2 ** 30, "1.5 GiB"],
  [5000 * 2 ** 40, "5000.0 TiB"],
])("%i bytes are %s", (bytes, text) => {
  expect(sizeText(bytes)).toBe(text);
});

test.each([
  [0.42, "0.4 s"],
  [59, "59 s"],
  [200, "3 min 20 s"],
  [7500, "2 h 5 min"],
])("%i seconds are %s", (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});

test("columns align and lines have no blanks at their end", () => {
  expect(
    tableText([
      ["A", "LONG HEAD", "C"],
      ["wide cell", "b", ""],
    ]),
  ).toBe("A          LONG HEAD  C\nwide cell  b\n");
});
