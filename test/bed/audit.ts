import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { State } from "./state.ts";

/** One write that the API server answered (https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/). */
export interface AuditEvent {
  readonly verb: "create" | "update" | "patch" | "delete" | "deletecollection";
  readonly requestURI: string;
  readonly userAgent?: string;
  readonly user: { readonly username: string; readonly groups?: readonly string[] };
  readonly objectRef?: {
    readonly resource: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly apiGroup?: string;
    readonly apiVersion?: string;
    readonly subresource?: string;
  };
  readonly responseStatus?: { readonly code: number; readonly reason?: string };
  readonly requestReceivedTimestamp: string;
}

// Who, what, when and the answer of every write; reads are left out, and no bodies are kept.
const POLICY = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived", "ResponseStarted"],
  rules: [{ level: "Metadata", verbs: ["create", "update", "patch", "delete", "deletecollection"] }, { level: "None" }],
};

/** The API server's arguments that make it write down every write. */
export function auditArguments(state: State): string[] {
  const policyFile = join(state.directory, "audit-policy.json");
  writeFileSync(policyFile, JSON.stringify(POLICY));
  return [`--audit-policy-file=${policyFile}`, `--audit-log-path=${auditLogOf(state)}`, "--audit-log-format=json"];
}

/** Every write since the start, oldest first: also those of the cluster's own controllers, told apart by `user`. */
export function readAuditEvents(state: State): AuditEvent[] {
  if (!existsSync(auditLogOf(state))) return [];
  const lines = readFileSync(auditLogOf(state), "utf8").split("\n");
  // The last line may still be being written; a whole one is followed by an empty one.
  return lines.slice(0, -1).map((line) => JSON.parse(line) as AuditEvent);
}

function auditLogOf(state: State): string {
  return join(state.directory, "logs", "audit.log");
}
