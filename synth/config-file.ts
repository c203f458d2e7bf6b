import { isMap, isScalar, LineCounter, parseDocument, type Document } from "yaml";
import * as z from "zod";
import type { Diagnostic, Parsed } from "../contract/diagnostic.ts";
import { either } from "../contract/field-reader.ts";
import { nearest } from "../contract/nearest.ts";
import { InstallConfig } from "./config.ts";

/** Something wrong at one place of the file, before its line is known. */
interface Finding {
  readonly path: readonly PropertyKey[];
  readonly problem: string;
  readonly remedy: string;
}

/**
 * Reads a `ksnapshot.yaml`: the configuration, or every problem at once, each with its line.
 * @param fileName how the problems name the file
 */
export function parseConfig(source: string, fileName: string): Parsed<InstallConfig> {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines });
  const at = (offset: number) => ({
    kind: "File",
    namespace: "",
    name: `${fileName}:${String(lines.linePos(offset).line)}`,
  });
  const [syntax, ...more] = document.errors.map((error): Diagnostic => {
    const problem = `It is not YAML: ${error.message.split("\n")[0]?.replace(/ at line .*$/, "") ?? ""}.`;
    return { code: "config-invalid", subject: at(error.pos[0]), problem, remedy: "Correct the line." };
  });
  if (syntax !== undefined) return { ok: false, diagnostics: [syntax, ...more] };

  const result = InstallConfig.safeParse(document.toJS() ?? {}, { reportInput: true });
  if (result.success) return { ok: true, value: result.data, warnings: [] };
  const [first, ...rest] = result.error.issues
    .flatMap(findingsOf)
    .map((finding) => ({ ...finding, offset: offsetOf(document, finding.path) }))
    .sort((a, b) => a.offset - b.offset)
    .map(({ path, problem, remedy, offset }): Diagnostic => {
      const field = path.length === 0 ? {} : { field: path.map(String).join(".") };
      return { code: "config-invalid", subject: at(offset), ...field, problem, remedy };
    });
  if (first === undefined) throw new Error("the configuration was refused without a reason");
  return { ok: false, diagnostics: [first, ...rest] };
}

function findingsOf(issue: z.core.$ZodIssue): readonly Finding[] {
  const { path, input } = issue;
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(path, key));
    case "custom":
      return [{ path, problem: issue.message, remedy: String(issue.params?.["remedy"] ?? "Correct it.") }];
    case "invalid_value":
      return [{ path, ...wrongValue(input, either(issue.values.map(String))) }];
    case "invalid_type":
      return [{ path, ...wrongValue(input, kindsOfValue[issue.expected] ?? issue.expected) }];
    case "too_small":
    case "too_big":
      return [{ path, ...outside(issue) }];
    default:
      return [{ path, problem: `${issue.message}.`, remedy: "Correct it." }];
  }
}

const kindsOfValue: Readonly<Record<string, string>> = {
  string: "a text",
  boolean: "true or false",
  int: "a whole number",
  array: "a list",
  object: "a group of keys",
  record: "a group of keys",
};

function wrongValue(input: unknown, allowed: string): Pick<Finding, "problem" | "remedy"> {
  if (input === undefined) return { problem: "It is required and not set.", remedy: `Set it to ${allowed}.` };
  if (input === null) return { problem: "It is empty.", remedy: `Set it to ${allowed}, or remove the line.` };
  const unquoted = allowed === "a text" && typeof input !== "object";
  const shown = typeof input === "object" ? "What is there" : JSON.stringify(input);
  return { problem: `${shown} is not ${allowed}.`, remedy: unquoted ? "Write it in quotes." : "Correct it." };
}

function outside(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): Pick<Finding, "problem" | "remedy"> {
  if (issue.origin === "array") return { problem: "The list is empty.", remedy: "Name at least one." };
  const bound =
    issue.code === "too_small" ? `less than ${String(issue.minimum)}` : `more than ${String(issue.maximum)}`;
  return { problem: `${String(issue.input)} is ${bound}, which is the limit.`, remedy: "Correct it." };
}

function unknownKey(path: readonly PropertyKey[], key: string): Finding {
  const known = keysAt(InstallConfig, path);
  const near = nearest(key, known);
  const remedy = near === null ? `The keys here are ${known.join(", ")}.` : `Did you mean ${near}?`;
  return { path: [...path, key], problem: "There is no such key.", remedy };
}

/** The keys that the schema has at a path; every step of the path leads through an object or a list of it. */
function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] {
  if (schema instanceof z.ZodExactOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return keysAt(schema.unwrap(), path);
  }
  const [step, ...rest] = path;
  if (schema instanceof z.ZodArray) return keysAt(schema.element, rest);
  if (!(schema instanceof z.ZodObject)) return [];
  const shape = schema.shape as Readonly<Record<string, z.core.$ZodType>>;
  const next = step === undefined ? undefined : shape[String(step)];
  return next === undefined ? Object.keys(shape) : keysAt(next, rest);
}

/** Where in the text a path stands: its key when it has one, else what is nearest above it. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  if (path.length === 0) return 0;
  const parent = document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && key.value === last) : undefined;
  const node = isScalar(pair?.key) ? pair.key : document.getIn(path, true);
  const range = (node as { range?: readonly number[] } | undefined)?.range;
  return range?.[0] ?? offsetOf(document, path.slice(0, -1));
}
