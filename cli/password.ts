import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { Secret } from "../contract/secret.ts";
import { RunFailed } from "../dumper/failure.ts";
import type { RestoreTarget } from "../dumper/restore/target.ts";
import { Terminated } from "../runtime/shutdown.ts";
import { CommandFailed, type Terminal } from "./command.ts";

/**
 * Runs it with the password of the target's environment variable, or with what the engine's own client finds; when the
 * server wants one and there is none, asks for it on a terminal and runs it once more.
 */
export async function withPassword<T>(
  target: RestoreTarget,
  terminal: Terminal,
  act: (password: Secret | null) => Promise<T>,
): Promise<T> {
  const given = terminal.env[target.passwordVariable];
  if (given !== undefined) return act(new Secret(given));
  try {
    return await act(null);
  } catch (error) {
    const isMissing = error instanceof RunFailed && error.isPasswordMissing;
    if (!isMissing || !terminal.isInteractive) throw error;
    return act(await askForPassword(target, terminal));
  }
}

/**
 * Without an echo.
 * @throws {Terminated} at Ctrl-C, which a terminal whose echo is off gives as a key and not as a signal
 * @throws {CommandFailed} at Ctrl-D
 */
async function askForPassword({ account, passwordVariable }: RestoreTarget, terminal: Terminal): Promise<Secret> {
  const silent = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  const ending = new AbortController();
  const signal = AbortSignal.any([terminal.signal, ending.signal]);
  lines.once("SIGINT", () => {
    ending.abort(new Terminated("SIGINT"));
  });
  lines.once("close", () => {
    ending.abort(new CommandFailed(`no password was given; type it, or set ${passwordVariable}`));
  });
  terminal.err(`Password of ${account}: `);
  try {
    return new Secret(await lines.question("", { signal }));
  } catch (error) {
    signal.throwIfAborted(); // readline's own error says only that it was aborted
    throw error;
  } finally {
    lines.close();
    terminal.err("\n");
  }
}
