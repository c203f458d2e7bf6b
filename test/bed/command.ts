import { spawn } from "node:child_process";
import { once } from "node:events";
import { basename } from "node:path";

const COMMAND_CHARACTERS = 200;
const STDERR_TAIL_CHARACTERS = 4096;

export interface CommandOptions {
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Written to standard input, which is empty otherwise. */
  readonly input?: string | Uint8Array;
  /** Default: no limit. The command is killed after it. */
  readonly timeoutMs?: number;
}

/** A command that ended with anything but 0, or could not be started. */
export class CommandFailed extends Error {
  readonly code = "COMMAND_FAILED";
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;

  constructor(command: string, how: string, output: { exitCode?: number | undefined; stdout: string; stderr: string }) {
    super(`${command}: ${how}: ${(output.stderr || output.stdout).trim().slice(-STDERR_TAIL_CHARACTERS)}`);
    this.exitCode = output.exitCode;
    this.stdout = output.stdout;
    this.stderr = output.stderr;
  }
}

/**
 * Runs a command to its end and returns its standard output as text.
 * @throws {CommandFailed} when it cannot be started, is killed, or exits with anything but 0.
 */
export async function run(file: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const command = [basename(file), ...args].join(" ").slice(0, COMMAND_CHARACTERS);
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs, killSignal: "SIGKILL" }),
  });
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  // A command that does not read all of its input is judged by its exit code, not by the broken pipe.
  child.stdin?.on("error", ignore).end(options.input);
  const [exitCode, signal] = await (once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>).catch(
    (error: unknown) => {
      throw new CommandFailed(command, "cannot be started", { stdout: "", stderr: String(error) });
    },
  );
  if (exitCode !== 0) {
    const how = signal === null ? `exited with ${exitCode}` : `was killed by ${signal}`;
    throw new CommandFailed(command, how, { exitCode: exitCode ?? undefined, stdout, stderr });
  }
  return stdout;
}

/** Whether a program of that name is on the PATH (the system folders included). */
export async function isInstalled(program: string): Promise<boolean> {
  return run("sh", ["-c", 'PATH="$PATH:/usr/sbin:/sbin" command -v "$1"', "sh", program]).then(
    () => true,
    () => false,
  );
}

function ignore(): void {
  // The name says it.
}
