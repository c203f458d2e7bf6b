import { randomUUID } from "node:crypto";
import { type Diagnostic, sentence } from "../contract/diagnostic.ts";
import { type DumpRequest, type Environment, parseEnv, type SourceRequest } from "../contract/dump-request.ts";
import { type DumpExitCode, dumpExitCode } from "../contract/exit-code.ts";
import { credentialSecrets } from "../contract/search-request.ts";
import type { Secret } from "../contract/secret.ts";
import { exitCodeOf, messageOf } from "./failure.ts";
import type { Progress } from "./progress.ts";
import { runDump, type StoredSnapshot } from "./run.ts";

/** How a run ended, whoever tells it: the image's process or the CLI. */
export type DumpOutcome =
  | { readonly result: "stored"; readonly exitCode: typeof dumpExitCode.stored; readonly snapshot: StoredSnapshot }
  | {
      readonly result: "invalid";
      readonly exitCode: typeof dumpExitCode.invalid;
      readonly diagnostics: readonly Diagnostic[];
    }
  | { readonly result: "failed"; readonly exitCode: DumpExitCode; readonly error: unknown };

/** The whole of a dump: from the environment to an outcome. Never throws. */
export async function dump(env: Environment, progress: Progress, signal: AbortSignal): Promise<DumpOutcome> {
  const request = parseEnv(env);
  if (!request.ok) return { result: "invalid", exitCode: dumpExitCode.invalid, diagnostics: request.diagnostics };
  try {
    const context = { env, progress, signal, runId: randomUUID(), now: () => new Date() };
    return { result: "stored", exitCode: dumpExitCode.stored, snapshot: await runDump(request.value, context) };
  } catch (error) {
    return { result: "failed", exitCode: exitCodeOf(error), error };
  }
}

/** What a person is told at the end, in one line. */
export function lineOf(outcome: DumpOutcome): string {
  switch (outcome.result) {
    case "stored":
      return `stored ${outcome.snapshot.key}`;
    case "invalid":
      return outcome.diagnostics.map(sentence).join(" ");
    case "failed":
      return messageOf(outcome.error);
  }
}

/** Everything in an environment that no line may show. */
export function secretsOf(request: DumpRequest): readonly Secret[] {
  const { source, storage } = request;
  return [
    ...sourceSecrets(source),
    ...(storage.kind === "s3" && storage.keys !== null ? [storage.keys.accessKeyId, storage.keys.secretAccessKey] : []),
  ];
}

function sourceSecrets(source: SourceRequest): readonly Secret[] {
  if ("credentials" in source) return credentialSecrets(source.credentials);
  return source.password === null ? [] : [source.password];
}
