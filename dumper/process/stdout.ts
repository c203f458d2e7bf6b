import { pipeline } from "node:stream/promises";
import type { RunFailed } from "../failure.ts";
import { type Child, type Exit, isClean, start } from "./child.ts";
import type { Command } from "./command.ts";

/** Turns the end of a child that failed into what the user is told. */
export type Explain = (exit: Exit) => RunFailed;

/** A command's stdout; ends cleanly only when the command exited with 0. @throws what `explain` makes of any other end */
export async function* stdoutOf(command: Command, explain: Explain, signal: AbortSignal): AsyncGenerator<Buffer> {
  const child = start(command, { stdin: "ignore", stdout: "pipe" }, signal);
  yield* outputOf(child, explain, signal);
}

/** The bytes passed through a command, from its stdin to its stdout. What the source throws is thrown. */
export async function* throughCommand(
  source: AsyncIterable<Buffer>,
  command: Command,
  explain: Explain,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const child = start(command, { stdin: "pipe", stdout: "pipe" }, signal);
  let sourceError: unknown = null;
  const fed = child.process.stdin === null ? Promise.resolve() : pipeline(guarded(), child.process.stdin);
  async function* guarded(): AsyncGenerator<Buffer> {
    try {
      yield* source;
    } catch (error) {
      sourceError = error;
      child.end();
      throw error;
    }
  }
  fed.catch(() => null); // either the source's own error, kept above, or a broken pipe, which the exit explains
  try {
    yield* outputOf(child, explain, signal);
    await fed;
  } catch (error) {
    throw sourceError ?? error;
  }
}

/** @throws the signal's reason when it has fired: then the child's end is only a consequence */
export async function* outputOf(child: Child, explain: Explain, signal: AbortSignal): AsyncGenerator<Buffer> {
  try {
    if (child.process.stdout !== null) yield* child.process.stdout as AsyncIterable<Buffer>;
    const exit = await child.exit;
    signal.throwIfAborted();
    if (!isClean(exit)) throw explain(exit);
  } finally {
    child.end();
  }
}
