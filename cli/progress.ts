import cliProgress from "cli-progress";
import type { Progress } from "../dumper/progress.ts";
import type { Terminal } from "./command.ts";
import { durationText, sizeText } from "./text.ts";

const refreshMs = 250;
/** Where no bar can be drawn: a line of JSON as often. */
const logEveryMs = 10_000;
const longestBar = 30;
/** Left free at the end of its line: a terminal writes `^C` there, and a line that goes on in the next is not cleared as a whole. */
const freeColumns = 4;

/**
 * Shows what `progress` has moved until the returned function is called: a bar on a terminal, JSON lines otherwise.
 * @param totalBytes of the storage's side; null where nobody knows it before the end
 */
export function showProgress(progress: Progress, totalBytes: number | null, terminal: Terminal): () => void {
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1000;
  const read = () => {
    progress.position();
    return { dumpBytes: progress.dumpBytes, storedBytes: progress.storedBytes, seconds: seconds() };
  };
  if (!terminal.isInteractive) {
    const timer = setInterval(() => {
      terminal.err(`${JSON.stringify({ msg: "Moving", ...read(), totalBytes })}\n`);
    }, logEveryMs);
    return () => {
      clearInterval(timer);
    };
  }
  const bar = new cliProgress.SingleBar(
    {
      format: (options, { progress: share, maxWidth }) =>
        lineOf(read(), totalBytes, { share, options, columns: maxWidth }),
      barsize: longestBar,
      clearOnComplete: true,
      // Nothing is changed of the terminal that would have to be changed back: whatever ends the process, it is as it was.
      hideCursor: false,
      linewrap: true,
    },
    cliProgress.Presets.shades_classic,
  );
  bar.start(totalBytes ?? 1, 0);
  const timer = setInterval(() => {
    bar.update(totalBytes === null ? 0 : progress.storedBytes);
  }, refreshMs);
  return () => {
    clearInterval(timer);
    bar.stop();
  };
}

interface Moved {
  readonly dumpBytes: number;
  readonly storedBytes: number;
  readonly seconds: number;
}

interface Bar {
  /** From 0 to 1. */
  readonly share: number;
  /** As the library hands them to a format: they hold the bar's characters. */
  readonly options: cliProgress.Options;
  /** Of the terminal. */
  readonly columns: number;
}

/** One line that fits: the bar takes what room the text leaves it, and a text that is too long has no end. */
function lineOf({ dumpBytes, storedBytes, seconds }: Moved, totalBytes: number | null, bar: Bar): string {
  const rate = `${sizeText(Math.max(dumpBytes, storedBytes) / Math.max(seconds, 0.001))}/s`;
  const took = durationText(seconds);
  const { share, options } = bar;
  const columns = bar.columns - freeColumns;
  if (totalBytes === null) {
    return `dumped ${sizeText(dumpBytes)}  stored ${sizeText(storedBytes)}  ${rate}  ${took}`.slice(0, columns);
  }
  const text = ` ${Math.floor(share * 100)} %  ${sizeText(storedBytes)} of ${sizeText(totalBytes)}  ${rate}  ${took}`;
  const barsize = Math.max(0, Math.min(longestBar, columns - text.length));
  return `${cliProgress.Format.BarFormat(share, { ...options, barsize })}${text}`.slice(0, columns);
}
