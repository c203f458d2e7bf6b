import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Where the bed keeps what it built, fetched and started: `${KSNAPSHOT_CACHE:-${XDG_CACHE_HOME:-~/.cache}/ksnapshot}/bed`,
 * always outside the clone. `parts` are joined to it; the folder is made.
 */
export function cacheDirectory(...parts: readonly string[]): string {
  const { KSNAPSHOT_CACHE, XDG_CACHE_HOME } = process.env;
  const root = KSNAPSHOT_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), ".cache"), "ksnapshot");
  const directory = join(root, "bed", ...parts);
  mkdirSync(directory, { recursive: true });
  return directory;
}

/** One progress line on standard error; standard output is for data. */
export function progress(message: string): void {
  process.stderr.write(`bed: ${message}\n`);
}
