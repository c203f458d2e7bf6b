import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ensureDebianPackages } from "./apt.ts";

const JDKS = "/usr/lib/jvm";
const DEBIAN_MAJOR = 17;

/** The Java releases that a server runs on, both bounds included. */
export interface JavaRange {
  readonly from: number;
  readonly to: number;
}

/**
 * The folder of an installed JDK of the range, the oldest that fits. Debian's own is installed where it fits and is missing.
 * @throws when there is none
 */
export async function jdk(range: JavaRange): Promise<string> {
  const found = installed(range);
  if (found !== undefined) return found;
  if (range.from <= DEBIAN_MAJOR) {
    await ensureDebianPackages([`openjdk-${DEBIAN_MAJOR}-jdk-headless`]);
    const debian = installed(range);
    if (debian !== undefined) return debian;
  }
  throw new Error(`a JDK of ${range.from} to ${range.to} is missing: install one below ${JDKS}`);
}

function installed({ from, to }: JavaRange): string | undefined {
  const folders = existsSync(JDKS) ? readdirSync(JDKS).map((name) => join(JDKS, name)) : [];
  return folders
    .filter((folder) => existsSync(join(folder, "bin/javac")))
    .map((folder) => ({ folder, major: majorOf(folder) }))
    .filter(({ major }) => major >= from && major <= to)
    .sort((a, b) => a.major - b.major)[0]?.folder;
}

/** Every JDK says its version in a file `release`: JAVA_VERSION="17.0.15". */
function majorOf(folder: string): number {
  const file = join(folder, "release");
  return existsSync(file) ? Number(/^JAVA_VERSION="(\d+)/m.exec(readFileSync(file, "utf8"))?.[1] ?? NaN) : NaN;
}
