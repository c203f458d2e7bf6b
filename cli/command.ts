import type { ArgumentsCamelCase, Argv } from "yargs";
import type { Environment } from "../contract/dump-request.ts";

/** What a command may touch of the process. Handed in, so that a command can be run by a test. */
export interface Terminal {
  /** Writes data: what the user asked for. Of both, only lines and styles (cli/style.ts) reach the terminal as control characters. */
  readonly out: (text: string) => void;
  /** Writes everything else: progress, notes, problems. */
  readonly err: (text: string) => void;
  readonly env: Environment;
  /** Whether progress bars and prompts make sense. */
  readonly isInteractive: boolean;
  /** Fires at SIGTERM or SIGINT. */
  readonly signal: AbortSignal;
}

/** One verb of the CLI. `run` gives the exit code (see contract/exit-code.ts) and never ends the process itself. */
export interface Command<Args> {
  /** yargs' syntax: `restore <key>`. */
  readonly command: string;
  readonly describe: string;
  readonly options: (yargs: Argv) => Argv<Args>;
  readonly run: (args: ArgumentsCamelCase<Args>, terminal: Terminal) => Promise<number>;
}

/** The command line was understood by yargs and is wrong all the same. Ends with exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly code = "USAGE";
}

/** What was asked for failed in a way that the user can act on: the message is all there is to say. Ends with exit code 1. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
  readonly code = "COMMAND_FAILED";
}
