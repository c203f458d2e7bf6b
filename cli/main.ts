import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { shutdownSignal } from "../runtime/shutdown.ts";
import { version } from "../contract/version.ts";
import { type Command, type Terminal, UsageError } from "./command.ts";
import { dumpCommand } from "./commands/dump.ts";
import { explainCommand } from "./commands/explain.ts";
import { initCommand } from "./commands/init.ts";
import { listCommand } from "./commands/list.ts";
import { operatorCommand } from "./commands/operator.ts";
import { planCommand } from "./commands/plan.ts";
import { restoreCommand } from "./commands/restore.ts";
import { synthCommand } from "./commands/synth.ts";
import { verifyCommand } from "./commands/verify.ts";
import { exitCodeAfter, exitCodeOfThrown, signalExitCodes, textOfThrown } from "./failures.ts";
import { tellOutputFailures } from "./output.ts";
import { hasColours, writable } from "./style.ts";

tellOutputFailures(process);

const terminal: Terminal = {
  out: (text) => process.stdout.write(writable(text, hasColours(process.stdout))),
  err: (text) => process.stderr.write(writable(text, hasColours(process.stderr))),
  env: process.env,
  isInteractive: process.stderr.isTTY && process.stdin.isTTY,
  signal: shutdownSignal(),
};

const cli = yargs(hideBin(process.argv))
  .scriptName("ksnapshot")
  .usage("$0 <command>\n\nScheduled, verified snapshots of the databases in your cluster.")
  .version(version)
  .strict()
  .demandCommand(1, "Say which command; ksnapshot --help lists them.")
  .recommendCommands()
  .wrap(Math.min(120, process.stdout.columns || 100))
  .epilogue(`Exit codes of every command: 2 usage, ${signalExitCodes}.`)
  .exitProcess(false)
  .fail((message, error) => {
    throw message ? new UsageError(message) : error;
  });

function register<Args>(command: Command<Args>): void {
  cli.command(command.command, command.describe, command.options, async (args) => {
    process.exitCode = exitCodeAfter(await command.run(args, terminal), terminal.signal);
  });
}

register(initCommand);
register(synthCommand);
register(planCommand);
register(explainCommand);
register(operatorCommand);
register(dumpCommand);
register(listCommand);
register(verifyCommand);
register(restoreCommand);

try {
  await cli.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOfThrown(error, terminal.signal);
  terminal.err(`ksnapshot: ${textOfThrown(error)}\n`);
}
