import { cp, mkdir } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { ensureDebianPackages } from "./apt.ts";
import { run } from "./command.ts";

const LIBRARIES = ["usr/lib/x86_64-linux-gnu", "usr/lib/mysql/private"];
const LOADER = "usr/lib64/ld-linux-x86-64.so.2";

/**
 * Copies a program of a Debian root (or one that needs such a root's libraries), so that it loads that root's C library
 * and libraries instead of the machine's and runs on an older system.
 */
export async function relocate(program: string, root: string, target: string): Promise<void> {
  await ensureDebianPackages(["patchelf"]);
  await mkdir(dirname(target), { recursive: true });
  await cp(program, target, { dereference: true });
  const libraries = [...LIBRARIES.map((path) => join(root, path)), dirname(program)].filter((path) => existsSync(path));
  const rpath = ["--force-rpath", "--set-rpath", libraries.join(":")];
  await run("patchelf", ["--set-interpreter", join(root, LOADER), ...rpath, target]);
}
