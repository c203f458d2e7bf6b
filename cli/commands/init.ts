import { writeFileSync } from "node:fs";
import { cliExitCode } from "../../contract/exit-code.ts";
import { configTemplate } from "../../synth/config-template.ts";
import { type Command, CommandFailed } from "../command.ts";

interface InitArgs {
  config: string;
}

/** `ksnapshot init`: a first configuration, never over an existing one. */
export const initCommand: Command<InitArgs> = {
  command: "init",
  describe: "Write a commented ksnapshot.yaml to start from",
  options: (yargs) =>
    yargs
      .option("config", { type: "string", default: "ksnapshot.yaml", describe: "The file to write" })
      .example("$0 init", "Then edit the lines with <…> and run ksnapshot synth"),
  run({ config }, terminal) {
    try {
      writeFileSync(config, configTemplate, { flag: "wx" });
    } catch (error) {
      const exists = (error as NodeJS.ErrnoException).code === "EEXIST";
      const reason = exists ? `${config} exists and stays as it is` : `cannot write ${config}: ${String(error)}`;
      throw new CommandFailed(reason, { cause: error });
    }
    terminal.err(`wrote ${config}. Fill in the lines with <…>, then run ksnapshot synth.\n`);
    return Promise.resolve(cliExitCode.well);
  },
};
