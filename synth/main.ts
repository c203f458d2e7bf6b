import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sentences } from "../contract/diagnostic.ts";
import { synthesize } from "./synthesize.ts";

/** The app of cdk8s.yaml: `npx cdk8s synth` runs it, with the folder to write to in CDK8S_OUTDIR. */
const configFile = process.env["KSNAPSHOT_CONFIG"] ?? "ksnapshot.yaml";
const out = process.env["CDK8S_OUTDIR"] ?? "dist";

const files = synthesize(readFileSync(configFile, "utf8"), configFile);
if (files.ok) {
  mkdirSync(out, { recursive: true });
  for (const { name, content } of files.value) writeFileSync(join(out, name), content);
} else {
  process.stderr.write(sentences(files.diagnostics));
  process.exitCode = 1;
}
