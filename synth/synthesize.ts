import { App, Yaml } from "cdk8s";
import { type Parsed } from "../contract/diagnostic.ts";
import { InstallChart } from "./charts/install.ts";
import { parseConfig } from "./config-file.ts";
import type { KubeObject } from "./render.ts";

/** A file to be written into `dist/`. */
export interface SynthesizedFile {
  readonly name: string;
  readonly content: string;
}

/**
 * The YAML of an installation from the text of its `ksnapshot.yaml`: the same bytes for the same text, always.
 * @param fileName how the problems name the configuration
 */
export function synthesize(config: string, fileName: string): Parsed<readonly SynthesizedFile[]> {
  const read = parseConfig(config, fileName);
  if (!read.ok) return read;
  const chart = new InstallChart(new App(), "ksnapshot", { config: read.value });
  const objects = chart.toJson() as readonly KubeObject[];
  return { ...read, value: [{ name: "ksnapshot.k8s.yaml", content: Yaml.stringify(...objects) }] };
}
