import type { Reading } from "./diagnostic.ts";

/** The options of a dump tool that a user may add. */
export interface AllowedOptions {
  /** As they are written. */
  readonly flags: readonly string[];
  /** Those that take a value after `=`. */
  readonly valued: readonly string[];
}

/** Reads options separated by blanks: `--no-owner --exclude-table=audit.*`. */
export function parseDumpOptions(text: string, { flags, valued }: AllowedOptions): Reading<readonly string[]> {
  const options = text.split(/\s+/).filter((option) => option !== "");
  const isAllowed = (option: string) => {
    const [name = "", ...value] = option.split("=");
    return flags.includes(option) || (value.length > 0 && valued.includes(name));
  };
  const refused = options.find((option) => !isAllowed(option));
  if (refused === undefined) return { value: options };
  const allowed = [...flags, ...valued.map((name) => `${name}=…`)].sort().join(", ");
  return { problem: `${JSON.stringify(refused)} is not allowed; the allowed options are ${allowed}.` };
}
