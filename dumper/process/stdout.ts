import { pipeline } from "node:stream/promises";
import type { RunFailed } from "../failure.ts";
import { type Child, type Exit, isClean, start } from "./child.ts";
import type { Command } from "./command.ts";

/** Turns the end of a child that failed into what the user is told. */
export type Explain = (exit: Exit) => RunFailed;

/** A command's stdout; ends cleanly only when the command exited with 0. @throws what `explain` makes of any other end */
export async function* stdoutOf(command: Command, explain: Explain, signal: AbortSignal): AsyncGenerator<Buffer> {
  const child = start(command, { stdin: "ignore", stdout: "pipe" }, signal);
  yield* outputOf(child, stdoutStream(child), explain, signal);
}

/**
 * The bytes passed through a command, from its stdin to its stdout. What the source throws is thrown.
 * @param hear gets all that the command writes to its stderr, before the end of the bytes
 */
export async function* throughCommand(
  source: AsyncIterable<Buffer>,
  command: Command,
  explain: Explain,
  signal: AbortSignal,
  hear?: (bytes: Buffer) => void,
): AsyncGenerator<Buffer> {
  const child = start(command, { stdin: "pipe", stdout: "pipe" }, signal);
  if (hear !== undefined) child.process.stderr?.on("data", hear);
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
    yield* outputOf(child, stdoutStream(child), explain, signal);
    await fed;
  } catch (error) {
    throw sourceError ?? error;
  }
}

/**
 * Bytes that a child has written; end cleanly only when it exited with 0.
 * @throws what `explain` makes of any other end, or the signal's reason when it has fired: then the end is only its consequence
 */
export async function* outputOf(
  child: Child,
  bytes: AsyncIterable<Buffer>,
  explain: Explain,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  try {
    yield* bytes;
    const exit = await child.exit;
    signal.throwIfAborted();
    if (!isClean(exit)) throw explain(exit);
  } finally {
    child.end();
  }
}

function stdoutStream({ process: { stdout } }: Child): AsyncIterable<Buffer> {
  if (stdout === null) throw new Error("the child was started without a pipe for its stdout");
  return stdout;
}
