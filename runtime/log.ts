import { pino, type Logger } from "pino";
import { prettyFactory } from "pino-pretty";
import { printableLines } from "../contract/printable.ts";
import { type Secret, scrub } from "../contract/secret.ts";

export type Log = Logger;

export interface LogOptions {
  /** Which program speaks: `operator`, `dumper`. */
  readonly name: string;
  /** Default `info`. */
  readonly level?: string;
  /** Values that must never be written; each line is scrubbed of them. */
  readonly secrets?: readonly Secret[];
}

/**
 * A log of one JSON object a line on stderr, and of lines for people where that is a terminal: `{"level":"info","time":"…","name":"operator","msg":"Applied CronJob",…}`.
 * Messages are constant; what varies goes into the fields.
 */
export function openLog({ name, level = "info", secrets = [] }: LogOptions): Log {
  const options = {
    level,
    base: { name },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const shown = process.stderr.isTTY ? prettyLine() : printableLines;
  return pino(options, { write: (line) => process.stderr.write(scrub(shown(line), secrets)) });
}

/** JSON escapes some control characters, which are printed as they are once it is read: so they are escaped before that. */
function prettyLine(): (line: string) => string {
  const pretty = prettyFactory({ colorize: true, translateTime: "SYS:HH:MM:ss" });
  return (line) =>
    pretty(JSON.parse(line, (_, value: unknown) => (typeof value === "string" ? printableLines(value) : value)));
}
