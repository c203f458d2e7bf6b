import { existsSync } from "node:fs";
import { mkdtemp, rename } from "node:fs/promises";
import { join } from "node:path";
import { retried } from "./apt.ts";
import { cacheDirectory, progress } from "./cache.ts";
import { run } from "./command.ts";
import { withLock } from "./lock.ts";

const VERSION = "6.125.1";

/** Path of elasticdump's program, to be run by Node: what it writes we must equal, and what we write it must restore. */
export async function elasticdump(): Promise<string> {
  const directory = join(cacheDirectory("packages"), `elasticdump-${VERSION}`);
  if (!existsSync(directory)) {
    await withLock("elasticdump", async () => {
      if (!existsSync(directory)) await fetchInto(directory);
    });
  }
  return join(directory, "node_modules/elasticdump/bin/elasticdump");
}

async function fetchInto(directory: string): Promise<void> {
  progress(`fetching elasticdump ${VERSION}`);
  const work = await mkdtemp(join(cacheDirectory("packages"), ".elasticdump-"));
  const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--silent"];
  await retried(() => run("npm", ["install", "--prefix", work, ...options, `elasticdump@${VERSION}`], { cwd: work }));
  await rename(work, directory);
}
