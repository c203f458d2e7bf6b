import { expect, test } from "@jest/globals";
import { parseYaml } from "../../../operator/yaml-documents.ts";

function values(text: string): readonly unknown[] {
  return parseYaml(text).map((document) => ("value" in document ? document.value : `error: ${document.error}`));
}

test.each<[string, string, unknown]>([
  ["an unquoted yes is a boolean", "yes", true],
  ["and so is a y", "y", true],
  ["a quoted one is a text", '"yes"', "yes"],
  ["a date is a text", "2026-11-24", "2026-11-24"],
  ["a time is a text", "12:30:00", "12:30:00"],
  ["digits are a number", "5432", 5432],
  ["a tilde is nothing", "~", null],
  ["a block is a text with its line ends", "|\n    a\n    b", "a\nb\n"],
  ["an anchor is a value", "&a {b: 1}", { b: 1 }],
])("as the API server reads it: %s", (_, text, expected) => {
  expect(values(`key: ${text}\n`)).toEqual([{ key: expected }]);
});

test("reads merge keys and aliases", () => {
  expect(values("a: &a {x: 1}\nb: {<<: *a, z: 2}\nc: *a\n")).toEqual([{ a: { x: 1 }, b: { x: 1, z: 2 }, c: { x: 1 } }]);
});

test("reads what is well beside a document that is not YAML, and tells where that one breaks", () => {
  const documents = parseYaml("a: 1\n---\nb: [\n---\nc: |\n  text\n  ---\n--- # comment\nd: 4\n");

  expect(documents.map((one) => ("value" in one ? one.value : null))).toEqual([
    { a: 1 },
    null,
    { c: "text\n---\n" },
    { d: 4 },
  ]);
  expect(documents[1]).toMatchObject({ error: expect.any(String) as unknown });
});

test.each<[readonly PropertyKey[], string]>([
  [[], "kind"],
  [["metadata"], "metadata"],
  [["metadata", "annotations", "example.org/a"], "example.org/a"],
  [["metadata", "annotations", "example.org/b"], "example.org/b"],
  [["items", 1, "name"], "name: second"],
  [["items", 1, "missing", "deeper"], "name: second"],
  [["metadata", "missing"], "annotations"],
  [["flow", "b", 1], "20"],
])("finds the place of %j, or of what is nearest above", (path, expected) => {
  const text = [
    "first: document",
    "---",
    "# a comment",
    "kind: List",
    "metadata:",
    "  annotations:",
    "    example.org/a: |",
    "      several",
    "      lines",
    '    "example.org/b": b',
    "items:",
    "  - name: first",
    "  - name: second",
    "flow: {a: [1, 2], b: [10, 20]}",
    "",
  ].join("\n");
  const document = parseYaml(text)[1];
  const offset = document !== undefined && "value" in document ? document.offsetOf(path) : NaN;

  expect(text.slice(offset, offset + expected.length)).toBe(expected);
});

test.each([
  ["", []],
  ["---\n", [null]],
  ["# nothing\n", []],
  ['{"kind":\t"Pod"}', [{ kind: "Pod" }]],
])("takes %j for what it is", (text, expected) => {
  expect(values(text)).toEqual(expected);
});
