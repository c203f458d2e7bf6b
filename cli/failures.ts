import { cliExitCode, signalExitCode } from "../contract/exit-code.ts";
import { messageOf, RunFailed } from "../dumper/failure.ts";
import { Terminated } from "../runtime/shutdown.ts";
import { CommandFailed, UsageError } from "./command.ts";

/** For each command's help. */
export const signalExitCodes = `${signalExitCode.SIGINT} ended by SIGINT (Ctrl-C), ${signalExitCode.SIGTERM} by SIGTERM`;

/** Runs it, and turns what the user can act on into a message without a stack. */
export async function tellingFailures<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw error instanceof RunFailed ? new CommandFailed(messageOf(error), { cause: error }) : error;
  }
}

/** What is said of it: a stack where it is a fault of ours. */
export function textOfThrown(error: unknown): string {
  const isKnown = error instanceof UsageError || error instanceof CommandFailed || error instanceof Terminated;
  return !isKnown && error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
}

/** How the process ends for what a command threw. */
export function exitCodeOfThrown(error: unknown, signal: AbortSignal): number {
  if (error instanceof Terminated) return signalExitCode[error.signal];
  return exitCodeAfter(error instanceof UsageError ? cliExitCode.usage : cliExitCode.notWell, signal);
}

/** How it ends for the exit code that a command gave: a signal counts where the command did not end well in spite of it. */
export function exitCodeAfter(exitCode: number, signal: AbortSignal): number {
  const reason: unknown = signal.reason;
  return exitCode !== 0 && reason instanceof Terminated ? signalExitCode[reason.signal] : exitCode;
}
