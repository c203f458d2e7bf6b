import { type Parsed } from "../contract/diagnostic.ts";
import { InstallConfig } from "../synth/config.ts";
import { parseConfig } from "../synth/config-file.ts";
import { operatorEnv } from "../synth/operator-env.ts";
import type { Cluster } from "../operator/cluster/cluster.ts";
import { type OperatorConfig, parseOperatorConfig } from "../operator/config.ts";
import { Controller } from "../operator/plan/objects.ts";

/** The operator's Deployment, as `ksnapshot synth` names it by default. */
export const defaultOperator = { namespace: "ksnapshot", name: "ksnapshot" } as const;

/** What the operator of an installation will be told, by the very variables that its Deployment sets. */
export function operatorConfigOf(source: string, fileName: string): Parsed<OperatorConfig> {
  const config = parseConfig(source, fileName);
  return config.ok ? parseOperatorConfig(operatorEnv(config.value)) : config;
}

/** The same for one in which nothing but the necessary is said. */
export function defaultOperatorConfig(watchNamespaces: readonly string[] = ["default"]): OperatorConfig {
  const config = parseOperatorConfig(
    operatorEnv(InstallConfig.parse({ watchNamespaces, storage: { s3: { bucket: "bucket" } } })),
  );
  if (!config.ok) throw new Error("the default configuration is invalid");
  return config.value;
}

/**
 * What the operator that runs in a cluster was told. Null: it is not there.
 * @throws {ApiFailed} when the Deployment cannot be read
 */
export async function runningOperatorConfig(cluster: Cluster): Promise<Parsed<OperatorConfig> | null> {
  const deployment = await cluster.get("Deployment", defaultOperator.namespace, defaultOperator.name);
  if (deployment === null) return null;
  const [container] = Controller.parse(deployment).spec.template.spec.containers;
  const env = (container?.env ?? []).flatMap(({ name, value }) =>
    value == null ? [] : [[name, value.replaceAll("$$", "$")] as const],
  );
  return parseOperatorConfig(Object.fromEntries(env));
}
