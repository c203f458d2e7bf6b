import { type Client, rowsThatCanBeHad } from "./client.ts";
import type { Settings } from "./session-settings.ts";

/** What our sessions on a server are to have. */
export interface Session {
  /** Those settings that the server has and the account may set, as `SET` takes them. */
  readonly assignments: readonly string[];
  /** What the server itself had in their place, where that differs, by the setting's name. */
  readonly changed: ReadonlyMap<string, string>;
  /** What the account may not set, with what it is, by the setting's name. */
  readonly refused: ReadonlyMap<string, string>;
}

/**
 * Tries which settings a server knows and lets the account set: which those are depends on product, version and grants.
 * @throws {RunFailed} when the server cannot be asked
 */
export async function sessionOn(client: Client, wanted: Settings, signal: AbortSignal): Promise<Session> {
  const settings = Object.entries(wanted);
  // All are set before the first question: a limit on rows or on time would hold for that, too.
  const trials = settings.map(
    ([name, value], index) =>
      `SET @had${index} = @@SESSION.${name}; SET SESSION ${name} = ${value}, @done${index} = 1;\n`,
  );
  const questions = settings.map(
    ([name], index) =>
      `SELECT '${name}', COALESCE(@done${index}, 0), COALESCE(@had${index}, 'NULL'), COALESCE(@@SESSION.${name}, 'NULL');\n`,
  );
  const rows = await rowsThatCanBeHad(client, [...trials, ...questions].join(""), signal);
  const taken = rows.filter(([, isDone]) => isDone === "1");
  return {
    assignments: taken.map(([name = ""]) => `${name}=${wanted[name] ?? "DEFAULT"}`),
    changed: new Map(taken.filter(([, , had, has]) => had !== has).map(([name = "", , had = ""]) => [name, had])),
    refused: new Map(rows.filter(([, isDone]) => isDone !== "1").map(([name = "", , had = ""]) => [name, had])),
  };
}
