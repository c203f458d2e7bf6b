import { beforeEach, expect, test } from "@jest/globals";
import { type Terminal, UsageError } from "../../../cli/command.ts";
import { explainCommand } from "../../../cli/commands/explain.ts";
import { writable } from "../../../cli/style.ts";
import { documentedTopics } from "../../../cli/documentation.ts";
import { annotationKeys } from "../../../contract/annotations.ts";
import { diagnosticCodes } from "../../../contract/diagnostic.ts";
import { engineKinds, mysqlVersions, postgresqlVersions } from "../../../contract/engine.ts";
import { skipKinds } from "../../../contract/skip.ts";

let out = "";
const terminal: Terminal = {
  out: (text) => (out += writable(text, false)),
  err: () => undefined,
  env: {},
  isInteractive: false,
  signal: new AbortController().signal,
};

beforeEach(() => {
  out = "";
});

test("every annotation and every code of a diagnostic is documented, and nothing else is", () => {
  const words = (kind: string) => documentedTopics().flatMap((topic) => (topic.kind === kind ? [topic.word] : []));

  expect(words("annotation")).toEqual(annotationKeys);
  expect(words("diagnostic")).toEqual(Object.keys(diagnosticCodes));
});

test.each(annotationKeys)("the documentation of the annotation %s tells its values and its default", async (key) => {
  await explain(key);

  expect(out).toMatch(/^Values\. ./m);
  expect(out).toMatch(/^Default\. ./m);
});

test.each<[string, readonly string[]]>([
  ["type", engineKinds],
  ["version", [...postgresqlVersions, ...mysqlVersions]],
  ["skip", Object.values(skipKinds).flat()],
])("the documentation of %s names every value that it may have", async (key, values) => {
  await explain(key);

  for (const value of values) expect(out).toContain(`\`${value}\``);
});

test("prints one topic, of an annotation with its prefix or without", async () => {
  await explain("timezone");
  const text = out;
  out = "";
  await explain("ksnapshot.clickandmortar.fr/timezone");

  expect(text).toMatch(/^timezone\n\nThe time zone of `schedule`\./);
  expect(out).toBe(text);
});

test("prints the cause and the remedy of a diagnostic, without the marks of its Markdown", async () => {
  await explain("service-ambiguous");

  expect(out).toMatch(/^service-ambiguous\n\nError\. [^]*^Cause\. [^]*^Remedy\. /m);
  expect(out).not.toMatch(/\*\*|_Error|\]\(/);
});

test("lists everything with a sentence each when it is asked for nothing", async () => {
  await explain(undefined);

  const lines = out.split("\n").map((line) => line.split(/ {2,}/));
  for (const { word } of documentedTopics()) {
    expect(lines).toContainEqual([word, expect.stringMatching(/^[A-Z`].{10,}\.$/) as unknown]);
  }
});

test.each([
  ["service-ambigous", "did you mean service-ambiguous?"],
  ["shedule", "did you mean schedule?"],
  ["ksnapshot.clickandmortar.fr/compresion", "did you mean compression?"],
  ["weather", "ksnapshot explain lists them"],
])("refuses %s as bad usage, and helps", (word, advice) => {
  expect(() => explain(word)).toThrow(UsageError);
  expect(() => explain(word)).toThrow(advice);
});

function explain(word: string | undefined): Promise<number> {
  return explainCommand.run({ _: [], $0: "", word }, terminal);
}
