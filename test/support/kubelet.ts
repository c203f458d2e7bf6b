import type { Environment } from "../../contract/dump-request.ts";
import type { SnapshotObjects } from "../../synth/render.ts";

interface EnvEntry {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef?: Reference; readonly configMapKeyRef?: Reference };
}

interface Reference {
  readonly name: string;
  readonly key: string;
  readonly optional?: boolean;
}

/**
 * The environment that a CronJob's container would get: `$$` is a dollar, `$(NAME)` the variable before it, and a
 * reference its key. https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 *
 * @param others what is in the ConfigMaps and Secrets that are not ours, by key
 */
export function containerEnvironment({ cronJob, secret }: SnapshotObjects, others: Environment): Environment {
  const data = (secret?.["data"] ?? {}) as Readonly<Record<string, string>>;
  const environment: Record<string, string> = {};
  for (const { name, value, valueFrom } of entriesOf(cronJob)) {
    const key = (valueFrom?.secretKeyRef ?? valueFrom?.configMapKeyRef)?.key ?? "";
    const mirrored = data[key];
    const found = mirrored === undefined ? others[key] : Buffer.from(mirrored, "base64").toString();
    if (valueFrom === undefined) environment[name] = expanded(value ?? "", environment);
    else if (found !== undefined) environment[name] = found;
  }
  return environment;
}

/** Every variable that the CronJob's container has. */
export function entriesOf(cronJob: SnapshotObjects["cronJob"]): readonly EnvEntry[] {
  const { spec } = cronJob as unknown as { spec: { jobTemplate: { spec: { template: { spec: PodSpec } } } } };
  return spec.jobTemplate.spec.template.spec.containers.flatMap(({ env }) => env);
}

interface PodSpec {
  readonly containers: readonly { readonly env: readonly EnvEntry[] }[];
}

function expanded(text: string, before: Readonly<Record<string, string>>): string {
  return text.replace(/\$(?:\$|\(([^)]*)\))/g, (whole: string, name: string | undefined) =>
    name === undefined ? "$" : (before[name] ?? whole),
  );
}
