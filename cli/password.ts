import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { Secret } from "../contract/secret.ts";
import { RunFailed } from "../dumper/failure.ts";
import type { PostgresqlTarget } from "../dumper/source/conninfo.ts";
import type { Terminal } from "./command.ts";

/**
 * Runs it with PGPASSWORD, or with what .pgpass has; when the server wants a password and there is none, asks for it on
 * a terminal and runs it once more.
 */
export async function withPassword(
  target: PostgresqlTarget,
  terminal: Terminal,
  act: (target: PostgresqlTarget) => Promise<void>,
): Promise<void> {
  const given = terminal.env["PGPASSWORD"];
  if (given !== undefined) return act({ ...target, password: new Secret(given) });
  try {
    await act(target);
  } catch (error) {
    const isMissing = error instanceof RunFailed && error.message.includes("no password supplied");
    if (!isMissing || !terminal.isInteractive) throw error;
    await act({ ...target, password: await askForPassword(target, terminal) });
  }
}

/** Without an echo. */
async function askForPassword({ username, host }: PostgresqlTarget, terminal: Terminal): Promise<Secret> {
  const silent = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  terminal.err(`Password of ${username} at ${host}: `);
  try {
    return new Secret(await lines.question("", { signal: terminal.signal }));
  } finally {
    lines.close();
    terminal.err("\n");
  }
}
