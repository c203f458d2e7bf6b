import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";

const sampleEveryMs = 20;

export interface Measurement {
  readonly wallSeconds: number;
  /** Of the command and everything that it started and waited for. */
  readonly cpuSeconds: number;
  /** What reached the disk's cache: bytes written to files by the same processes. */
  readonly diskBytes: number;
  /** The peak of the largest process, which for the dumper is its own. */
  readonly peakRssBytes: number;
  readonly stdout: string;
}

/** bash reaps the command, and so its own counters hold those of the whole tree when the command has ended. */
const script = `TIMEFORMAT='%R %U %S'; time "$@"; status=$?; grep ^write_bytes /proc/$$/io >&2; exit $status`;

/** Runs a command and measures it. @throws when it does not exit with 0 */
export async function measure(command: readonly string[], env: Readonly<Record<string, string>>): Promise<Measurement> {
  const child = spawn("bash", ["-c", script, "bash", ...command], { env: { ...process.env, ...env } });
  let peakRssBytes = 0;
  const timer = setInterval(() => {
    for (const pid of descendantsOf(child.pid ?? 0)) peakRssBytes = Math.max(peakRssBytes, peakRssOf(pid));
  }, sampleEveryMs);
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null]>,
  ]).finally(() => {
    clearInterval(timer);
  });
  const figures = /([\d.]+) ([\d.]+) ([\d.]+)\nwrite_bytes: (\d+)\n$/.exec(stderr)?.slice(1).map(Number);
  if (status !== 0 || figures === undefined)
    throw new Error(`${command.join(" ")} exited with ${String(status)}: ${stderr}`);
  const [wallSeconds = NaN, user = NaN, system = NaN, diskBytes = NaN] = figures;
  return { wallSeconds, cpuSeconds: user + system, diskBytes, peakRssBytes, stdout };
}

function descendantsOf(pid: number): readonly number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...descendantsOf(child)]);
}

function peakRssOf(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // the process has ended meanwhile
  }
}
