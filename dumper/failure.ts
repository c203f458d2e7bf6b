import { type DumpExitCode, dumpExitCode, signalExitCode } from "../contract/exit-code.ts";
import { printable } from "../contract/printable.ts";
import { Terminated } from "../runtime/shutdown.ts";

/** Whose fault it is that a run failed. Each has an exit code of its own. */
export type Blame = "invalid" | "source" | "storage" | "encryption";

/** A run failed in a way that its operator can act on. The message is one line without control characters: what happened and what to do. */
export class RunFailed extends Error {
  override readonly name = "RunFailed";
  readonly code: Blame;
  /** The server asked for a password and was given none. */
  readonly isPasswordMissing: boolean;

  constructor(code: Blame, problem: string, options: RunFailedOptions) {
    super(`${oneLine(problem)}; ${oneLine(options.remedy)}`, { cause: options.cause });
    this.code = code;
    this.isPasswordMissing = options.isPasswordMissing ?? false;
  }
}

interface RunFailedOptions {
  readonly remedy: string;
  readonly cause?: unknown;
  /** Default false. */
  readonly isPasswordMissing?: boolean;
}

/** How the process ends for what was thrown. What is not known is a fault of ours. */
export function exitCodeOf(error: unknown): DumpExitCode {
  if (error instanceof RunFailed) return dumpExitCode[error.code];
  return error instanceof Terminated ? signalExitCode[error.signal] : dumpExitCode.fault;
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function oneLine(text: string): string {
  return printable(text.trim().replace(/\s*\n\s*/g, " | "));
}
