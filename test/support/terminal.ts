import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Environment } from "../../contract/dump-request.ts";
import { type Screen, screenOf } from "./screen.ts";

const program = fileURLToPath(new URL("../programs/terminal.py", import.meta.url));
const rows = 24;

export interface TerminalOptions {
  /** Default 80. */
  readonly columns?: number;
  readonly cwd?: string;
  /** The whole environment of the command, but for TERM. */
  readonly env: Environment;
}

/** A command that runs under a pseudo-terminal, as a person would run it. */
export interface TerminalSession {
  /** Types; `\x03` is Ctrl-C. */
  readonly type: (text: string) => void;
  /** Resolves when that has been written to the terminal. Rejects when the command ends before. */
  readonly shows: (pattern: RegExp) => Promise<void>;
  readonly ended: Promise<TerminalEnded>;
}

export interface TerminalEnded {
  /** Of the command; 128 + n when signal n ended it. */
  readonly exitCode: number | null;
  /** Everything that was written to the terminal. */
  readonly written: string;
  /** What is left on it. */
  readonly screen: Screen;
}

/** Starts a command under a pseudo-terminal. */
export function openTerminal(command: readonly string[], { columns = 80, cwd, env }: TerminalOptions): TerminalSession {
  const child = spawn("python3", [program, String(columns), String(rows), ...command], {
    cwd,
    env: { PATH: process.env["PATH"], TERM: "xterm-256color", ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let written = "";
  const watchers = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    written += text;
    for (const watcher of watchers) watcher();
  });
  const ended = (once(child, "close") as Promise<[number | null]>).then(([exitCode]) => ({
    exitCode,
    written,
    screen: screenOf(written, columns),
  }));
  const shows = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!pattern.test(written)) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      void ended.then(() => {
        reject(new Error(`the command ended without showing ${String(pattern)}: ${written}`));
      });
      look();
    });
  return { type: (text) => void child.stdin.write(text), shows, ended };
}
