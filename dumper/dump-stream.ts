import { closeSync } from "node:fs";
import { unreachable } from "../contract/brand.ts";
import { RunFailed } from "./failure.ts";
import { describeExit, type Exit, isClean, start } from "./process/child.ts";
import type { Command } from "./process/command.ts";
import { openPipes } from "./process/pipe.ts";
import { readPipe } from "./process/pipe-reader.ts";
import { relay } from "./process/relay.ts";
import { type Seen, Witness } from "./process/seen.ts";
import { outputOf, stdoutOf, throughCommand } from "./process/stdout.ts";
import type { Progress } from "./progress.ts";
import type { Dump } from "./source/source.ts";
import type { Compressor } from "./stage/compress.ts";
import { through } from "./stage/through.ts";

/**
 * The dump, compressed. Ends cleanly only when every program has exited with 0, and returns what was seen of the dump,
 * for the engine to judge.
 * A chunk is valid only until the next one is asked for.
 * @throws {RunFailed} when a program failed; the signal's reason when it fired
 */
export async function* compressedDump(
  dump: Dump,
  compressor: Compressor,
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal },
): AsyncGenerator<Buffer, Seen> {
  if (dump.kind === "command" && compressor.kind === "command") {
    return yield* joined(dump, compressor.command, progress, signal);
  }
  const witness = new Witness();
  const bytes = dump.kind === "stream" ? dump.open(signal) : stdoutOf(dump.command, dump.explain, signal);
  yield* compressed(witness.watch(bytes, progress), compressor, signal);
  return witness.seen();
}

/** Both programs with the relay between them. */
async function* joined(
  dump: Dump & { kind: "command" },
  compressor: Command,
  progress: Progress,
  signal: AbortSignal,
): AsyncGenerator<Buffer, Seen> {
  const { dumped, relayed, compressed } = await openPipes(compressor.env, "dumped", "relayed", "compressed");
  const seen = relay(dumped.readable, relayed.writable, progress);
  seen.catch(() => null); // awaited below, after both programs; before that their own ends tell more
  const source = start(dump.command, { stdin: "ignore", stdout: dumped.writable }, signal);
  const sink = start(compressor, { stdin: relayed.readable, stdout: compressed.writable }, signal);
  // A copy left open here would keep the readers from ever seeing the end, and block a writer whose reader has died.
  for (const descriptor of [dumped.writable, relayed.readable, compressed.writable]) closeSync(descriptor);
  try {
    // The compressor writes a valid end when the dump tool is killed: nothing is whole before both have ended well.
    yield* outputOf(sink, readPipe(compressed), compressionFailed, signal);
    const exit = await source.exit;
    signal.throwIfAborted();
    if (!isClean(exit)) throw dump.explain(exit);
    return await seen;
  } catch (error) {
    // A compressor that failed is the cause of all: the dump tool's end only ends its input, which it takes well. The dump
    // tool's broken pipe, whatever it makes of it, is the consequence.
    source.end();
    await source.exit;
    signal.throwIfAborted();
    throw error;
  } finally {
    source.end();
  }
}

function compressed(source: AsyncIterable<Buffer>, compressor: Compressor, signal: AbortSignal): AsyncIterable<Buffer> {
  switch (compressor.kind) {
    case "none":
      return source;
    case "command":
      return throughCommand(source, compressor.command, compressionFailed, signal);
    case "transform":
      return through(source, compressor.open(), signal);
    default:
      return unreachable(compressor);
  }
}

function compressionFailed(exit: Exit): RunFailed {
  const remedy = "check that the program works on this machine, and the memory limit of the pod";
  return new RunFailed("source", `the compression failed: ${describeExit(exit)}`, { remedy });
}
