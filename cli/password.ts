import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { Secret } from "../contract/secret.ts";
import { RunFailed } from "../dumper/failure.ts";
import type { RestoreTarget } from "../dumper/restore/target.ts";
import type { Terminal } from "./command.ts";

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

/** Without an echo. */
async function askForPassword({ account }: RestoreTarget, terminal: Terminal): Promise<Secret> {
  const silent = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  terminal.err(`Password of ${account}: `);
  try {
    return new Secret(await lines.question("", { signal: terminal.signal }));
  } finally {
    lines.close();
    terminal.err("\n");
  }
}
