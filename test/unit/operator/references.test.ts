import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { piecesOf } from "../../../operator/plan/references.ts";

test.each<[string, ReturnType<typeof piecesOf>]>([
  ["", []],
  ["plain", [{ text: "plain" }]],
  ["$(A)", [{ name: "A" }]],
  ["<$(A)>$(B)", [{ text: "<" }, { name: "A" }, { text: ">" }, { name: "B" }]],
  ["$$(A)", [{ text: "$" }, { text: "(A)" }]],
  ["$$$(A)", [{ text: "$" }, { name: "A" }]],
  ["$x$(A", [{ text: "$x$(A" }]],
  ["$( $$ $(", [{ text: "$( $" }, { text: " $(" }]],
  ["$()", [{ name: "" }]],
  ["$($(A))", [{ name: "$(A" }, { text: ")" }]],
])("splits %j", (literal, pieces) => {
  expect(piecesOf(literal)).toEqual(pieces);
});

test("says what the kubelet's own code says, of any literal", () => {
  const literal = fc.string({ unit: fc.constantFrom("$", "(", ")", "A", "b", "\n"), maxLength: 24 });

  fc.assert(
    fc.property(literal, (text) => {
      const ours = piecesOf(text).map((piece) => ("name" in piece ? `<${piece.name}>` : piece.text));
      expect(ours.join("")).toBe(expandedAsInGo(text));
    }),
    { numRuns: 5000 },
  );
});

/** Statement by statement after `Expand` and `tryReadVariableName`. */
function expandedAsInGo(input: string): string {
  let buffer = "";
  let checkpoint = 0;
  for (let cursor = 0; cursor < input.length; cursor++) {
    if (input[cursor] === "$" && cursor + 1 < input.length) {
      buffer += input.slice(checkpoint, cursor);
      const [read, isVariable, advance] = tryReadVariableName(input.slice(cursor + 1));
      buffer += isVariable ? `<${read}>` : read;
      cursor += advance;
      checkpoint = cursor + 1;
    }
  }
  return buffer + input.slice(checkpoint);
}

function tryReadVariableName(input: string): readonly [string, boolean, number] {
  switch (input[0]) {
    case "$":
      return ["$", false, 1];
    case "(":
      for (let i = 1; i < input.length; i++) if (input[i] === ")") return [input.slice(1, i), true, i + 1];
      return ["$(", false, 1];
    default:
      return [`$${input[0] ?? ""}`, false, 1];
  }
}
