import { setTimeout as delay } from "node:timers/promises";
import { progress } from "./cache.ts";
import { run } from "./command.ts";
import { withLock } from "./lock.ts";

const ATTEMPTS = 5;
const RETRY_AFTER_MS = 5_000;

/**
 * Installs those Debian packages that are missing, with apt-get; nothing is asked of the network when all are there.
 * @throws when one is missing and this is not root, or apt-get fails five times.
 */
export async function ensureDebianPackages(packages: readonly string[]): Promise<void> {
  if ((await missingOf(packages)).length === 0) return;
  await withLock("apt", async () => {
    const missing = await missingOf(packages);
    if (missing.length === 0) return;
    if (process.getuid?.() !== 0) {
      throw new Error(`missing Debian packages: install them with "sudo apt-get install ${missing.join(" ")}"`);
    }
    progress(`installing Debian packages: ${missing.join(" ")}`);
    await retried(async () => {
      await run("apt-get", ["update", "-q"]);
      await run(
        "apt-get",
        ["install", "-y", "-q", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120", ...missing],
        { env: { DEBIAN_FRONTEND: "noninteractive" } },
      );
    });
  });
}

/** Repeats what talks to a package mirror: five attempts, five seconds apart. */
export async function retried<T>(attempt: () => Promise<T>): Promise<T> {
  for (let count = 1; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      if (count === ATTEMPTS) throw error;
      progress(`attempt ${count} of ${ATTEMPTS} failed, trying again: ${String(error).slice(0, 300)}`);
      await delay(RETRY_AFTER_MS);
    }
  }
}

async function missingOf(packages: readonly string[]): Promise<string[]> {
  const installed = await run("dpkg-query", ["-W", "-f", "${Package} ${db:Status-Status}\\n"]);
  const names = new Set(
    installed
      .split("\n")
      .filter((line) => line.endsWith(" installed"))
      .map((line) => line.split(" ")[0]),
  );
  return packages.filter((name) => !names.has(name));
}
