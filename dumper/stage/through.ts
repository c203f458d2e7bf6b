import type { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

/** The bytes passed through a transform of Node's. Ends cleanly only when source and transform did. @throws the source's error, the transform's, or the signal's reason */
export async function* through(
  source: AsyncIterable<Buffer>,
  transform: Transform,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const done = pipeline(source, transform, { signal });
  done.catch(() => null); // awaited below; the transform fails with the same error first
  try {
    yield* transform as AsyncIterable<Buffer>;
    await done;
  } catch (error) {
    signal.throwIfAborted(); // its reason, not an AbortError
    throw error;
  }
}
