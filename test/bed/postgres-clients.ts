import { existsSync } from "node:fs";
import { cp, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { ensureDebianPackages } from "./apt.ts";
import { cacheDirectory } from "./cache.ts";
import { run } from "./command.ts";
import { debianRoot } from "./debian.ts";
import { withLock } from "./lock.ts";

const PROGRAMS = ["pg_dump", "pg_dumpall", "pg_restore", "psql"];
const LIBRARIES = "usr/lib/x86_64-linux-gnu";
const LOADER = "usr/lib64/ld-linux-x86-64.so.2";

/** The Debian packages of the PostgreSQL 18 clients. */
export const POSTGRES_CLIENT_ROOT = { suite: "sid", packages: ["postgresql-client-18"] } as const;

/**
 * A folder with `pg_dump`, `pg_dumpall`, `pg_restore` and `psql` of PostgreSQL 18, which dump every server since 9.2.
 * They bring their own C library, so they run on an older system.
 */
export async function postgresClients(): Promise<string> {
  const directory = cacheDirectory("packages");
  const target = join(directory, "postgres-clients-18");
  if (existsSync(target)) return target;
  await ensureDebianPackages(["patchelf"]);
  const root = await debianRoot(POSTGRES_CLIENT_ROOT);
  return withLock("postgres-clients", async () => {
    if (!existsSync(target)) await relocate(root, target);
    return target;
  });
}

/** Copies the programs and makes them load the root's C library and libraries instead of the machine's. */
async function relocate(root: string, target: string): Promise<void> {
  const work = `${target}.new`;
  await rm(work, { recursive: true, force: true });
  await mkdir(work);
  for (const program of PROGRAMS) {
    const file = join(work, program);
    await cp(join(root, "usr/lib/postgresql/18/bin", program), file);
    await run("patchelf", [
      ...["--set-interpreter", join(root, LOADER), "--force-rpath", "--set-rpath", join(root, LIBRARIES)],
      file,
    ]);
  }
  await rename(work, target);
}
