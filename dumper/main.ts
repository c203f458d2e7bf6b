import { existsSync, writeFileSync } from "node:fs";
import { parseEnv } from "../contract/dump-request.ts";
import { dumpExitCode } from "../contract/exit-code.ts";
import { scrub } from "../contract/secret.ts";
import { openLog } from "../runtime/log.ts";
import { shutdownSignal } from "../runtime/shutdown.ts";
import { messageOf } from "./failure.ts";
import { lastWordsOf, type LastWords, withinBytes } from "./last-words.ts";
import { dump, secretsOf } from "./program.ts";
import { Progress } from "./progress.ts";
import type { SweepReport } from "./sink/sweep.ts";

/** Where the kubelet looks for a container's last words, and how many bytes of them it takes. */
const terminationLog = process.env["TERMINATION_LOG"] ?? "/dev/termination-log";
const terminationMessageBytes = 4096;

const messages = {
  stored: "Stored snapshot",
  invalid: "Refused request",
  failed: "Failed to store snapshot",
} as const satisfies Record<LastWords["result"], string>;

const request = parseEnv(process.env);
const secrets = request.ok ? secretsOf(request.value) : [];
const log = openLog({ name: "dumper", secrets });

const outcome = await dump(process.env, new Progress(), shutdownSignal());
if (outcome.result === "stored") tellSwept(outcome.snapshot.swept);
const words = lastWordsOf(outcome, secrets);
log[outcome.result === "stored" ? "info" : "error"]({ ...words, stack: stackOfFault() }, messages[outcome.result]);
leaveTerminationMessage(withinBytes(words, terminationMessageBytes));
process.exit(outcome.exitCode);

/** Nothing is logged where there was nothing to sweep. A sweep that was refused is no fault of the run. */
function tellSwept({ removed, problems }: SweepReport): void {
  if (removed.length > 0) log.info({ keys: removed }, "Removed what killed runs had left");
  if (problems.length > 0) log.warn({ problems }, "Could not sweep what killed runs may have left");
}

/** Where a fault of ours is. What the user can act on needs no stack. */
function stackOfFault(): string | undefined {
  if (outcome.result !== "failed" || outcome.exitCode !== dumpExitCode.fault) return undefined;
  return outcome.error instanceof Error && outcome.error.stack !== undefined
    ? scrub(outcome.error.stack, secrets)
    : undefined;
}

/** What became of the run does not depend on it: the exit code stays what it is. */
function leaveTerminationMessage(text: string): void {
  if (process.env["TERMINATION_LOG"] === undefined && !existsSync(terminationLog)) return; // not in a pod
  try {
    writeFileSync(terminationLog, text);
  } catch (error) {
    log.warn({ path: terminationLog, problem: messageOf(error) }, "Could not write termination message");
  }
}
