import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What each layer may import: other layers, and packages that not everybody may have. */
const layers: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  runtime: ["contract"],
  synth: ["contract", "cdk8s", "cdk8s-plus-28", "constructs"],
  operator: ["contract", "runtime", "synth", "@kubernetes/client-node"],
  dumper: ["contract", "runtime", "@aws-sdk/client-s3", "@smithy/node-http-handler"],
};
const guarded = new Set([...Object.keys(layers), "cli", ...Object.values(layers).flat()]);

const files = Object.keys(layers).flatMap((layer) => globSync(`${layer}/**/*.ts`, { cwd: root }));

test.each(files)("%s imports only what its layer may", (file) => {
  const [layer = ""] = file.split("/");
  const imports = [...readFileSync(join(root, file), "utf8").matchAll(/(?:from|import|import\()\s*"([^"]+)"/g)].map(
    ([, specifier = ""]) =>
      (specifier.startsWith(".") ? join(dirname(file), specifier).split("/")[0] : specifier) ?? "",
  );

  const forbidden = imports.filter((name) => guarded.has(name) && name !== layer && !layers[layer]?.includes(name));

  expect(forbidden).toEqual([]);
});
