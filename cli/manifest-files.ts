import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ManifestFile } from "../operator/manifests.ts";
import { UsageError } from "./command.ts";

/**
 * The manifests at a path: `-` is standard input; of a folder its own YAML and JSON files are taken, as kubectl does, and none of the
 * folders in it.
 * @throws {UsageError} when there is nothing
 */
export function manifestFiles(path: string): readonly ManifestFile[] {
  if (path === "-") return [{ name: "stdin", text: readFileSync(0, "utf8") }];
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  if (!isFolder) return [{ name: path, text: textOf(path) }];
  const names = readdirSync(path).filter((name) => /\.(ya?ml|json)$/.test(name));
  if (names.length === 0) throw new UsageError(`there is no YAML or JSON file in ${path}`);
  return names.sort().map((name) => ({ name: join(path, name), text: textOf(join(path, name)) }));
}

/** @throws {UsageError} when it cannot be read */
export function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    throw new UsageError(isMissing ? `there is no ${path}` : `cannot read ${path}: ${String(error)}`, { cause: error });
  }
}
