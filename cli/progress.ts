import cliProgress from "cli-progress";
import type { Progress } from "../dumper/progress.ts";
import type { Terminal } from "./command.ts";
import { durationText, sizeText } from "./text.ts";

const refreshMs = 250;
/** Where no bar can be drawn: a line of JSON as often. */
const logEveryMs = 10_000;

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
      format: (_, params) => lineOf(read(), totalBytes, params.progress),
      clearOnComplete: true,
      hideCursor: true,
      linewrap: false,
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

function lineOf({ dumpBytes, storedBytes, seconds }: Moved, totalBytes: number | null, share: number): string {
  const rate = `${sizeText(Math.max(dumpBytes, storedBytes) / Math.max(seconds, 0.001))}/s`;
  if (totalBytes === null) {
    return `dumped ${sizeText(dumpBytes)}  stored ${sizeText(storedBytes)}  ${rate}  ${durationText(seconds)}`;
  }
  const bar = cliProgress.Format.BarFormat(share, { ...cliProgress.Presets.shades_classic, barsize: 30 });
  return `${bar} ${Math.round(share * 100)} %  ${sizeText(storedBytes)} of ${sizeText(totalBytes)}  ${rate}  ${durationText(seconds)}`;
}
