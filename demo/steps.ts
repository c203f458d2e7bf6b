import { spawn } from "node:child_process";
import { once } from "node:events";
import pc from "picocolors";

/** Runs one named step after the other and tells of each on stderr; what a step gives is what stands behind its name. */
export class Steps {
  readonly #total: number;
  #count = 0;

  constructor(total: number) {
    this.#total = total;
  }

  /** Begins a step; a program that it runs may write below the line. */
  begin(name: string, about: string): void {
    this.#count++;
    process.stderr.write(`\n${pc.bold(`${this.#count}/${this.#total} ${name}`)}  ${about}\n`);
  }

  /** Ends it with what came out of it. */
  end(outcome: string): void {
    process.stderr.write(`    ${pc.green("✓")} ${outcome}\n`);
  }
}

export interface ProgramOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Where its stdout and stderr go. Default: both to our stderr. */
  readonly quiet?: boolean;
}

/**
 * Runs a program to its end.
 * @throws {Error} with what it said, when it does not exit with 0
 */
export async function runProgram(file: string, args: readonly string[], options: ProgramOptions): Promise<void> {
  const stdio = options.quiet === true ? "pipe" : "inherit";
  const child = spawn(file, args, {
    env: options.env,
    stdio: ["ignore", stdio === "pipe" ? "pipe" : 2, stdio],
    signal: options.signal,
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (bytes: Buffer) => (said += bytes.toString()));
  const [status] = (await once(child, "close")) as [number | null];
  if (status !== 0)
    throw new Error(
      `${[file, ...args.slice(0, 2)].join(" ")} exited with ${String(status)}: ${said.trim().slice(-2000)}`,
    );
}
