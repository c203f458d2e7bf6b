import { cliExitCode } from "../contract/exit-code.ts";

/**
 * Tells in a line that the output takes nothing more, such as a full disk, and ends with 1 then. A reader who has seen enough
 * (`ksnapshot list | head`) is no failure, and does not end a restore.
 */
export function tellOutputFailures({ stdout, stderr }: Pick<NodeJS.Process, "stdout" | "stderr">): void {
  stderr.on("error", () => undefined); // There is no place left to tell it.
  let isTold = false;
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE" || isTold) return;
    isTold = true;
    stderr.write(`ksnapshot: the output could not be written: ${error.message}\n`);
    process.once("exit", () => {
      if (process.exitCode === undefined || process.exitCode === cliExitCode.well)
        process.exitCode = cliExitCode.notWell;
    });
  });
}
