import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { Environment } from "../../contract/dump-request.ts";

/** Whether a program of that name is on the PATH of `env`. */
export function hasProgram(name: string, env: Environment): boolean {
  return (env["PATH"] ?? "")
    .split(delimiter)
    .some((directory) => directory !== "" && isExecutable(join(directory, name)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not for us
  }
}
