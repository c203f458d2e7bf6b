import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Environment } from "../../contract/dump-request.ts";
import { postgresClients } from "../bed/postgres-clients.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** How a program of ours ended. */
export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What the kubelet would show of a container. */
  readonly terminationMessage: string;
  /** How long it ran. */
  readonly seconds: number;
}

export interface RunOptions {
  /** Called when the process has started; what it does is over before {@link runDumper} resolves. */
  readonly during?: (pid: number) => Promise<void>;
  /** The dumper's file; default: its source. */
  readonly program?: string;
}

/** Runs the dumper as the container does: a process of its own, with that environment and nothing else. */
export function runDumper(env: Environment, options: RunOptions = {}): Promise<Ended> {
  return runProgram([options.program ?? "dumper/main.ts"], env, options);
}

/** Runs `ksnapshot <args>`. */
export function runCli(args: readonly string[], env: Environment): Promise<Ended> {
  return runProgram(["cli/main.ts", ...args], env, {});
}

async function runProgram(args: readonly string[], env: Environment, { during }: RunOptions): Promise<Ended> {
  const directory = await mkdtemp(join(tmpdir(), "ksnapshot-test-"));
  const terminationLog = join(directory, "termination-log");
  const path = `${await postgresClients()}:${process.env["PATH"] ?? ""}`;
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { PATH: path, TERMINATION_LOG: terminationLog, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const closed = once(child, "close") as Promise<[number | null]>;
  try {
    await during?.(child.pid ?? 0);
  } catch (error) {
    child.kill("SIGKILL");
    throw new Error(`the program ended as follows: ${stderr}`, { cause: error });
  }
  const [exitCode] = await closed;
  const seconds = (performance.now() - startedAt) / 1000;
  const terminationMessage = await readFile(terminationLog, "utf8").catch(() => "");
  await rm(directory, { recursive: true });
  return { exitCode, stdout, stderr, terminationMessage, seconds };
}

/** The pid of a process's child of that name, which is not only asked for its version or options. Undefined while there is none. */
export function childOf(pid: number, name: string): number | undefined {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  return children.find((child) => {
    const commandLine = ofProcess(child, "cmdline"); // empty when it has ended and nobody has looked yet
    return commandLine !== "" && !asking.test(commandLine) && ofProcess(child, "comm").trim() === name;
  });
}

const asking = /\0--(version|help)\0/;

function ofProcess(pid: number, file: "comm" | "cmdline"): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return ""; // ENOENT, ESRCH: it has ended meanwhile
  }
}
