import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheDirectory } from "./cache.ts";
import { identityOf, isRunning, type ProcessIdentity } from "./process.ts";
import { until } from "./wait.ts";

const LOCK_TIMEOUT_MS = 30 * 60_000; // a cold build of Kubernetes takes up to 15 minutes

/**
 * Runs `work` while no other process of this machine's bed does: parallel test files must not build or fetch the same
 * thing twice. A lock whose holder has died is taken over.
 */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const file = join(cacheDirectory("locks"), `${name}.lock`);
  await until(`the lock ${file}`, LOCK_TIMEOUT_MS, () => acquire(file));
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function acquire(file: string): boolean {
  // Written whole, then linked: a reader never sees a lock without its holder.
  const mine = `${file}.${process.pid}.${Math.random()}`;
  writeFileSync(mine, JSON.stringify(identityOf(process.pid)));
  try {
    linkSync(mine, file);
    return true;
  } catch {
    if (!isRunning(holderOf(file))) rmSync(file, { force: true });
    return false;
  } finally {
    rmSync(mine, { force: true });
  }
}

function holderOf(file: string): ProcessIdentity {
  return JSON.parse(readFileSync(file, "utf8")) as ProcessIdentity;
}
