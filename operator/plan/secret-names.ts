import type { KubeObject } from "../../synth/render.ts";

/** The Secrets that an object's pods refer to, wherever in it: variables, whole environments, volumes. */
export function secretNamesIn(object: KubeObject): readonly string[] {
  return namesIn(object["spec"]);
}

/** Whether a Job may still start pods. https://kubernetes.io/docs/concepts/workloads/controllers/job/#terminal-job-conditions */
export function isActive(job: KubeObject): boolean {
  const { conditions = [] } = (job["status"] ?? {}) as { conditions?: readonly { type: string; status: string }[] };
  return !conditions.some(({ type, status }) => (type === "Complete" || type === "Failed") && status === "True");
}

function namesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, below]: [string, unknown]) => {
    if (key === "secretName" && typeof below === "string") return [below];
    const own = key === "secretKeyRef" || key === "secretRef" ? nameOf(below) : [];
    return [...own, ...namesIn(below)];
  });
}

function nameOf(value: unknown): readonly string[] {
  const name = (value as { name?: unknown } | null)?.name;
  return typeof name === "string" ? [name] : [];
}
