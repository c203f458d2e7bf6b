import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { diagnosticCodes } from "../../../contract/diagnostic.ts";

const text = readFileSync(fileURLToPath(new URL("../../../docs/diagnostics.md", import.meta.url)), "utf8");
const sections = text
  .split(/^## /m)
  .slice(1)
  .map((section) => {
    const [title = "", ...lines] = section.split("\n");
    return { code: title.trim(), body: lines.join("\n") };
  });

test("docs/diagnostics.md has a section for each code of the table, in its order, and for no other", () => {
  expect(sections.map(({ code }) => code)).toEqual(Object.keys(diagnosticCodes));
});

test.each(Object.entries(diagnosticCodes))(
  "the section of %s tells its severity, meaning, cause and remedy",
  (code, severity) => {
    const body = sections.find((section) => section.code === code)?.body ?? "";

    expect(body).toContain(`_${severity === "error" ? "Error" : "Warning"}._`);
    for (const part of ["**Cause.**", "**Remedy.**"]) expect(body).toContain(part);
  },
);
