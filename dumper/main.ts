import { existsSync, writeFileSync } from "node:fs";
import { parseEnv } from "../contract/dump-request.ts";
import { scrub } from "../contract/secret.ts";
import { openLog } from "../runtime/log.ts";
import { shutdownSignal } from "../runtime/shutdown.ts";
import { dump, type DumpOutcome, lineOf, secretsOf } from "./program.ts";
import { Progress } from "./progress.ts";

/** Where the kubelet looks for a container's last words, and how many bytes of them it takes. */
const terminationLog = process.env["TERMINATION_LOG"] ?? "/dev/termination-log";
const terminationMessageBytes = 4096;

const request = parseEnv(process.env);
const secrets = request.ok ? secretsOf(request.value) : [];
const log = openLog({ name: "dumper", secrets });

const outcome = await dump(process.env, new Progress(), shutdownSignal());
tell(outcome);
process.exit(outcome.exitCode);

function tell(ended: DumpOutcome): void {
  const { result, exitCode } = ended;
  switch (ended.result) {
    case "stored": {
      const { key, manifest } = ended.snapshot;
      const { seconds, objects } = manifest;
      const bytes = objects.reduce((sum, object) => sum + object.bytes, 0);
      log.info({ result, key, bytes, seconds, objects }, "Stored snapshot");
      break;
    }
    case "invalid":
      log.error({ result, exitCode, diagnostics: ended.diagnostics }, "Refused request");
      break;
    case "failed": {
      const stack = exitCode === 1 && ended.error instanceof Error ? ended.error.stack : undefined;
      log.error({ result, exitCode, error: lineOf(ended), stack }, "Failed to store snapshot");
      break;
    }
  }
  leaveTerminationMessage(scrub(lineOf(ended), secrets));
}

function leaveTerminationMessage(text: string): void {
  if (process.env["TERMINATION_LOG"] === undefined && !existsSync(terminationLog)) return; // not in a pod
  writeFileSync(terminationLog, Buffer.from(text).subarray(0, terminationMessageBytes));
}
