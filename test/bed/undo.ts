import { readFileSync, readdirSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CommandFailed, run } from "./command.ts";
import { endProcess, identityOf, type ProcessIdentity } from "./process.ts";
import { until } from "./wait.ts";

const CTR_TIMEOUT_MS = 15_000;
const CGROUP_ROOT = "/sys/fs/cgroup";

/** Something on this machine that a part made, and that must be gone when the part is. */
export type JournalEntry =
  | ({ readonly kind: "process"; readonly name: string; readonly signal: NodeJS.Signals } & ProcessIdentity)
  | { readonly kind: "network-namespace"; readonly name: string }
  /** All pods of one containerd, and the shims that hold them. */
  | { readonly kind: "pods"; readonly socket: string; readonly cgroup: string }
  | { readonly kind: "cgroup"; readonly name: string }
  /** A kernel setting that a process of the part changes for the whole machine. */
  | { readonly kind: "sysctl"; readonly file: string; readonly value: string }
  /** Files that a process of the part leaves outside the part's folder; `test` is an expression of find(1). */
  | { readonly kind: "files"; readonly directory: string; readonly test: readonly string[] };

/** Takes one recorded thing away. Does nothing when it is not there any more. */
export async function undo(entry: JournalEntry): Promise<void> {
  switch (entry.kind) {
    case "process":
      return endProcess(entry, entry.signal);
    case "network-namespace":
      if (existsSync(`/run/netns/${entry.name}`)) await run("ip", ["netns", "delete", entry.name]);
      return;
    case "pods":
      return endPods(entry.socket, entry.cgroup);
    case "cgroup":
      return removeCgroup(entry.name);
    case "sysctl": {
      writeFileSync(entry.file, entry.value);
      return;
    }
    case "files":
      if (existsSync(entry.directory)) await run("find", [entry.directory, "-mindepth", "1", ...entry.test, "-delete"]);
      return;
  }
}

/** Lazily unmounts all that is mounted below a folder, the deepest first. */
export async function unmountBelow(directory: string): Promise<void> {
  const points = readFileSync("/proc/mounts", "utf8")
    .split("\n")
    .map((line) => (line.split(" ")[1] ?? "").replaceAll("\\040", " "))
    .filter((point) => point.startsWith(`${directory}/`));
  for (const point of points.sort().reverse()) await run("umount", ["-l", point]);
}

/** Every folder of that name at the top of a cgroup hierarchy (version 1 has one for each controller). */
export function cgroupFolders(name: string): string[] {
  const hierarchies = existsSync(join(CGROUP_ROOT, "cgroup.procs"))
    ? [CGROUP_ROOT]
    : readdirSync(CGROUP_ROOT).map((controller) => join(CGROUP_ROOT, controller));
  return [...new Set(hierarchies.map((hierarchy) => join(hierarchy, name)))];
}

async function endPods(socket: string, cgroup: string): Promise<void> {
  const ctr = (...args: readonly string[]) =>
    run("ctr", ["-a", socket, "-n", "k8s.io", ...args], { timeoutMs: CTR_TIMEOUT_MS });
  try {
    const tasks = (await ctr("tasks", "list", "-q")).split("\n").filter(Boolean);
    await Promise.all(tasks.map((task) => ctr("tasks", "delete", "--force", task)));
  } catch {
    // containerd has died before, or a task ended meanwhile: what is left is ended below.
  }
  for (const folder of cgroupFolders(cgroup)) for (const pid of await pidsBelow(folder)) await kill(pid);
  // With its containers gone a shim waits for containerd; it carries this containerd's own socket in its arguments.
  for (const pid of readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)) {
    if (argumentsOf(pid).includes(socket) && argumentsOf(pid)[0]?.endsWith("containerd-shim-runc-v2")) await kill(pid);
  }
}

async function removeCgroup(name: string): Promise<void> {
  for (const folder of cgroupFolders(name).filter((path) => existsSync(path))) {
    await until(`the cgroup ${folder} to be empty`, 10_000, async () => {
      await run("find", [folder, "-depth", "-type", "d", "-exec", "rmdir", "{}", "+"]);
      return true;
    });
  }
}

/** By find(1), which goes on when a cgroup vanishes under its hands, as those of ending pods do. */
async function pidsBelow(folder: string): Promise<number[]> {
  const pids = await run("find", [folder, "-name", "cgroup.procs", "-exec", "cat", "{}", "+"]).catch(
    (error: unknown) => {
      if (error instanceof CommandFailed) return error.stdout;
      throw error;
    },
  );
  return pids.split("\n").filter(Boolean).map(Number);
}

async function kill(pid: number): Promise<void> {
  try {
    await endProcess(identityOf(pid), "SIGKILL");
  } catch {
    // It ended between being listed and being looked at.
  }
}

function argumentsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return []; // it ended meanwhile
  }
}
