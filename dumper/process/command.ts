import type { Environment } from "../../contract/dump-request.ts";

/** A program to run, without a shell. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment of the child: nothing of ours is passed on. */
  readonly env: Environment;
}

/** Where programs are found. Nothing else of our environment reaches a child, least of all the storage's keys. */
export function baseEnv(env: Environment): Environment {
  return { PATH: env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C.UTF-8" };
}
