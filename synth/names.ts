import { createHash } from "node:crypto";
import type { EngineKind } from "../contract/engine.ts";

/**
 * The most characters of a CronJob's name: its controller appends eleven for the Job's.
 * https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/
 */
const maxLength = 52;

/**
 * The name of a workload's CronJob: `ksnapshot-<kind>-<middle>-<hash>`, a DNS label of at most 52 characters.
 *
 * The rule is the original's, so that an existing installation is taken over in place: `<middle>` is the readable
 * `<namespace>-<name>`, cut to fit; `<hash>` the first 8 hex digits of SHA-256 of `<namespace>/<name>`. The workload's
 * kind is no part of it: a Deployment and a StatefulSet of one name get one name, which the planner must report.
 */
export function cronJobName(kind: EngineKind, namespace: string, name: string): string {
  const hash = createHash("sha256").update(`${namespace}/${name}`).digest("hex").slice(0, 8);
  const start = `ksnapshot-${kind}`;
  const room = maxLength - start.length - hash.length - "--".length;
  return [start, ...readable(`${namespace}-${name}`, room), hash].join("-");
}

/** `text` as a part of a DNS label; none when nothing of it is left. */
function readable(text: string, length: number): readonly string[] {
  const label = text
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/-+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, length)
    .replace(/-$/, "");
  return label === "" ? [] : [label];
}
