import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { partNames, up, type PartName } from "./parts.ts";
import { environmentLines } from "./environment.ts";
import { allStates, discard, isInUse, stateNamed } from "./state.ts";
import { statusTable } from "./status.ts";
import { progress } from "./cache.ts";

const cli = yargs(hideBin(process.argv))
  .scriptName("npm run bed --")
  .usage(
    "$0 <command>\n\nThe test bed: real servers and a real Kubernetes cluster on this machine, without a container engine.",
  )
  .command(
    "up [parts..]",
    "Start parts; one that runs is left as it is",
    (command) =>
      command
        .positional("parts", { array: true, choices: partNames, default: ["control"] as PartName[] })
        .example("$0 up control", "API server, controller manager and scheduler; no node")
        .example("$0 up node", "a cluster with a node that runs pods (needs root)")
        .example("$0 up postgres s3", "PostgreSQL 18 and an S3 server"),
    async ({ parts }) => {
      for (const part of parts) await up(part);
      process.stdout.write(statusTable());
    },
  )
  .command(
    "down [names..]",
    "End parts and remove all that they made",
    (command) =>
      command
        .positional("names", { array: true, type: "string", default: [] as string[], describe: "as status shows them" })
        .option("all", { type: "boolean", default: false, describe: "also those of test runs that still run" })
        .example("$0 down", "everything, and what killed test runs left")
        .example("$0 down node", "only the cluster with a node"),
    async ({ names, all }) => {
      const states = names.length === 0 ? allStates().filter((state) => all || !isInUse(state)) : names.map(stateNamed);
      for (const state of states) {
        progress(`ending ${state.name}`);
        await discard(state);
      }
    },
  )
  .command("status", "Show the processes of all parts", {}, () => {
    process.stdout.write(statusTable());
  })
  .command(
    "env",
    "Print shell lines that point clients at the running parts",
    (command) => command.example('eval "$($0 env)"', "kubectl, psql and the AWS tools then reach the bed"),
    () => {
      process.stdout.write(environmentLines());
    },
  )
  .demandCommand(1, "say what to do")
  .strict()
  .help();

try {
  await cli
    .fail((message: string | null, error) => {
      // A message is yargs' own, about the arguments; without one a command has thrown.
      throw message === null ? error : new Error(`${message}; see npm run bed -- --help`);
    })
    .parseAsync();
} catch (error) {
  process.stderr.write(`bed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
