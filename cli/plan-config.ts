import type { Parsed } from "../contract/diagnostic.ts";
import { type OperatorConfig, parseOperatorConfig } from "../operator/config.ts";
import { parseConfig } from "../synth/config-file.ts";
import { InstallConfig } from "../synth/config.ts";
import { operatorEnv } from "../synth/operator-env.ts";

/** What the operator of an installation will be told, by the very variables that its Deployment sets. */
export function operatorConfigOf(source: string, fileName: string): Parsed<OperatorConfig> {
  const config = parseConfig(source, fileName);
  return config.ok ? parseOperatorConfig(operatorEnv(config.value)) : config;
}

/** The same for one in which nothing but the necessary is said. */
export function defaultOperatorConfig(): OperatorConfig {
  const necessary = { watchNamespaces: ["default"], storage: { s3: { bucket: "bucket" } } };
  const config = parseOperatorConfig(operatorEnv(InstallConfig.parse(necessary)));
  if (!config.ok) throw new Error("the default configuration is invalid");
  return config.value;
}
