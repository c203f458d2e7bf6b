import { messageOf, RunFailed } from "../dumper/failure.ts";
import { Terminated } from "../runtime/shutdown.ts";
import { CommandFailed } from "./command.ts";

/** Runs it, and turns what the user can act on into a message without a stack. */
export async function tellingFailures<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const isKnown = error instanceof RunFailed || error instanceof Terminated;
    throw isKnown ? new CommandFailed(messageOf(error), { cause: error }) : error;
  }
}
