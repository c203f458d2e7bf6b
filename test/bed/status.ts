import { isRunning } from "./process.ts";
import { allStates, descriptionOf, isInUse, journal, type State } from "./state.ts";

const HEADINGS = ["NAME", "STATE", "PID", "ADDRESS"] as const;
const COLUMN_GAP = "  ";

/** All processes of all parts, one a line, in aligned columns under headings. */
export function statusTable(): string {
  const rows = allStates().flatMap(rowsOf);
  if (rows.length === 0) return "nothing runs; start something with: npm run bed -- up\n";
  const table = [HEADINGS, ...rows];
  const widths = HEADINGS.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join(COLUMN_GAP)
          .trimEnd()}\n`,
    )
    .join("");
}

function rowsOf(state: State): string[][] {
  const address = (descriptionOf(state) as { readonly address?: string } | undefined)?.address ?? "";
  const processes = journal(state).filter((entry) => entry.kind === "process");
  const user = isInUse(state) ? " (test run)" : "";
  if (processes.length === 0) return [[state.name, `left over${user}`, "", ""]];
  return processes.map((process, index) => [
    processes.length === 1 ? state.name : `${state.name}/${process.name}`,
    isRunning(process) ? `running${user}` : "ended",
    String(process.pid),
    index === 0 ? address : "",
  ]);
}
