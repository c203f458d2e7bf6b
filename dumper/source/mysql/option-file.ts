import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Options of MySQL's and MariaDB's programs: a name alone is a switch. */
export type Options = Readonly<Record<string, string | true>>;

/** A file that only this user may read, for the one argument that must come first: `--defaults-file=<path>`. */
export interface OptionFile {
  readonly argument: string;
  /** Must be called in the end, whatever happened. */
  readonly remove: () => Promise<void>;
}

/** Writes options where no other user can read them, as argv would let them. */
export async function writeOptionFile(options: Options): Promise<OptionFile> {
  const directory = await mkdtemp(join(tmpdir(), "ksnapshot-"));
  const remove = () => rm(directory, { recursive: true, force: true });
  const path = join(directory, "client.cnf");
  try {
    await writeFile(path, optionFileText(options), { mode: 0o600, flag: "wx" });
  } catch (error) {
    await remove();
    throw error;
  }
  return { argument: `--defaults-file=${path}`, remove };
}

/** https://dev.mysql.com/doc/refman/en/option-files.html#option-file-syntax */
export function optionFileText(options: Options): string {
  const lines = Object.entries(options).map(([name, value]) => (value === true ? name : `${name}=${quoted(value)}`));
  return `[client]\n${lines.map((line) => `${line}\n`).join("")}`;
}

/** Inside double quotes blanks at the ends and `#` are kept; a backslash begins an escape. */
function quoted(value: string): string {
  const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t" };
  return `"${value.replace(/[\\"\n\r\t]/g, (char) => escapes[char] ?? char)}"`;
}
