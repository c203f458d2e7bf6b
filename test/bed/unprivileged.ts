import { chown } from "node:fs/promises";
import { run } from "./command.ts";

/**
 * The command line that runs a program as a user other than root, for servers that refuse root. It runs as `nobody`
 * when this is root, and as this user otherwise. The bed's cache is below root's home, which others may not enter:
 * `nobody` keeps the one capability to read and search there, and no other.
 */
export function unprivileged(command: readonly [string, ...string[]]): { file: string; args: string[] } {
  const [file, ...args] = command;
  if (!isRoot()) return { file, args };
  const keep = "+dac_read_search";
  const user = ["--reuid", "nobody", "--regid", "nogroup", "--clear-groups"];
  // access(2), with which initdb looks for its programs, heeds the capability only with no_setuid_fixup.
  const capability = ["--inh-caps", keep, "--ambient-caps", keep, "--securebits", "+no_setuid_fixup"];
  return { file: "setpriv", args: [...user, ...capability, "--", ...command] };
}

/** Gives a file or folder to the user that {@link unprivileged} programs run as. */
export async function giveToUnprivileged(path: string): Promise<void> {
  if (!isRoot()) return;
  const [uid, gid] = await Promise.all([run("id", ["-u", "nobody"]), run("id", ["-g", "nobody"])]);
  await chown(path, Number(uid), Number(gid));
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}
