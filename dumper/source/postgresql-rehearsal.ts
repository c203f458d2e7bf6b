import type { Command } from "../process/command.ts";
import { drain } from "../process/drain.ts";
import { stdoutOf } from "../process/stdout.ts";
import type { DumpPart } from "./source.ts";

/**
 * Does what a run will do, without any rows: roles and tablespaces are dumped, and of each database the definitions, with the
 * locks that its dump takes.
 * @throws {RunFailed} as the run would
 */
export async function rehearse(parts: Iterable<DumpPart>, signal: AbortSignal): Promise<void> {
  for (const { dump } of parts) {
    if (dump.kind === "stream") await drain(dump.open(signal));
    else await drain(stdoutOf(withoutRows(dump.command), dump.explain, signal));
  }
}

/** What was narrowed to rows alone has no definitions, and is dumped as it is. */
function withoutRows(command: Command): Command {
  const isNarrowed = command.args.some((option) => /^--(data-only|schema-only|section=)/.test(option));
  const args = command.args.filter((option) => option !== "--large-objects");
  return isNarrowed ? { ...command, args: ["--version"] } : { ...command, args: ["--schema-only", ...args] };
}
