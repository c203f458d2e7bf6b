import { sentences } from "../contract/diagnostic.ts";
import { environmentReader, type Environment, noProgressTimeoutMs } from "../contract/dump-request.ts";
import { UsageError } from "./command.ts";

/** NO_PROGRESS_TIMEOUT_SECONDS, in milliseconds. Null: not set. @throws {UsageError} when it is no number */
export function readNoProgressTimeout(env: Environment): number | null {
  const reader = environmentReader<"NO_PROGRESS_TIMEOUT_SECONDS">(env, "ksnapshot");
  const timeoutMs = noProgressTimeoutMs(reader);
  if (reader.diagnostics.length > 0) throw new UsageError(sentences(reader.diagnostics).trim());
  return timeoutMs;
}
