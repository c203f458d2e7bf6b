import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sentences } from "../../contract/diagnostic.ts";
import { cliExitCode } from "../../contract/exit-code.ts";
import { synthesize } from "../../synth/synthesize.ts";
import { type Command, CommandFailed, UsageError } from "../command.ts";

interface SynthArgs {
  config: string;
  out: string;
  check: boolean;
}

/** `ksnapshot synth`: the same bytes as `npx cdk8s synth`. */
export const synthCommand: Command<SynthArgs> = {
  command: "synth",
  describe: "Write the YAML of an installation, for Argo CD, Flux or kubectl, from ksnapshot.yaml",
  options: (yargs) =>
    yargs
      .option("config", { type: "string", default: "ksnapshot.yaml", describe: "The configuration; init writes one" })
      .option("out", { type: "string", default: "dist", describe: "The folder to write to; made when missing" })
      .option("check", {
        type: "boolean",
        default: false,
        describe: "Write nothing, and exit 1 when a file there is not what would be written: for CI",
      })
      .example("$0 synth", "Write dist/ksnapshot.k8s.yaml from ksnapshot.yaml")
      .example("$0 synth --check", "Has dist/ been forgotten?")
      .example("$0 synth --config prod.yaml --out clusters/prod", "One of several clusters"),
  run({ config, out, check }, terminal) {
    const files = synthesize(read(config), config);
    if (!files.ok) {
      terminal.err(sentences(files.diagnostics));
      return Promise.resolve(cliExitCode.notWell);
    }
    const paths = files.value.map(({ name, content }) => ({ path: join(out, name), content }));
    if (!check) {
      mkdirSync(out, { recursive: true });
      for (const { path, content } of paths) {
        writeFileSync(path, content);
        terminal.err(`wrote ${path}\n`);
      }
      return Promise.resolve(cliExitCode.well);
    }
    const stale = paths.filter(({ path, content }) => present(path) !== content);
    for (const { path } of stale) terminal.err(`${path} is stale. Run ksnapshot synth and commit it.\n`);
    return Promise.resolve(stale.length === 0 ? cliExitCode.well : cliExitCode.notWell);
  },
};

function read(config: string): string {
  const text = present(config);
  if (text === null) throw new UsageError(`there is no ${config}. Run ksnapshot init, which writes one.`);
  return text;
}

/** Null when there is no such file. */
function present(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new CommandFailed(`cannot read ${path}: ${String(error)}`, { cause: error });
  }
}
