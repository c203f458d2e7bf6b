import { CronExpressionParser } from "cron-parser";
import type { Brand } from "./brand.ts";
import { canFire, type CronFields, fieldTitles, parseCronFields } from "./cron-fields.ts";
import type { Reading } from "./diagnostic.ts";
import { parseGoDuration } from "./go-duration.ts";
import { quoted } from "./quoted.ts";

/** A schedule exactly as the CronJob controller will read it: five fields or a macro, `H` already resolved. */
export type CronSchedule = Brand<string, "CronSchedule">;

/** When a schedule fires: at the minutes that its fields let through, or every so many seconds after the run before. */
export type CronTimes = { readonly fields: CronFields } | { readonly everySeconds: number };

/** https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax */
const macros: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};
const every = "@every ";

/** What Go's `unicode.IsSpace` takes for a space: JavaScript's, with U+0085 and without U+FEFF. */
const spaces = /(?:[^\S\uFEFF]|\u0085)+/;

/**
 * Reads a schedule as Kubernetes does (test/vectors/schedules.tsv has the verdicts of an API server), and resolves `H`: a
 * stable value for each `seed`, so that workloads spread over the hour instead of starting together: `H 3 * * *`,
 * `H(0-29) 2 * * *`, `H/15 * * * *`. A refused schedule gives the sentence that says what is wrong.
 */
export function parseSchedule(text: string, seed: string): Reading<CronSchedule> {
  if (text.includes("TZ")) {
    return {
      problem: `${quoted(text)} names a time zone, which Kubernetes takes only beside the schedule: use timezone.`,
    };
  }
  if (text.startsWith("@")) return parseMacro(text);
  const given = text.split(spaces).filter((part) => part !== "");
  if (given.length !== fieldTitles.length) {
    return { problem: `${quoted(text)} has ${given.length} fields where a schedule has 5: ${fieldTitles.join(", ")}.` };
  }
  const resolved = given.map((part, index) => resolveHash(part, index, seed));
  const fields = parseCronFields(resolved);
  return "problem" in fields ? fields : { value: resolved.join(" ") as CronSchedule };
}

/** When a schedule fires. */
export function timesOf(schedule: CronSchedule): CronTimes {
  if (schedule.startsWith(every)) return { everySeconds: parseGoDuration(schedule.slice(every.length)) ?? 1 };
  const fields = parseCronFields((macros[schedule] ?? schedule).split(" "));
  if ("problem" in fields) throw new Error(`the schedule ${quoted(schedule)} was not parsed before`);
  return { fields: fields.value };
}

/** Whether there is any date on which it fires. Kubernetes takes `0 0 31 2 *` without a word. */
export function everFires(schedule: CronSchedule): boolean {
  const times = timesOf(schedule);
  return "everySeconds" in times || canFire(times.fields);
}

function parseMacro(text: string): Reading<CronSchedule> {
  if (Object.hasOwn(macros, text)) return { value: text as CronSchedule };
  if (text.startsWith(every) && parseGoDuration(text.slice(every.length)) !== null)
    return { value: text as CronSchedule };
  return { problem: `The macro ${quoted(text)} is not one of ${Object.keys(macros).join(", ")}, @every 1h30m.` };
}

/** Replaces the `H` of one field; text that cron-parser refuses stays, for the field's own check to name. */
function resolveHash(part: string, index: number, seed: string): string {
  if (!/(^|,)H/.test(part)) return part;
  // A day that every month has: a snapshot of each month is meant, and not one of seven in the year.
  const bounded = fieldTitles[index] === "day of month" ? part.replace(/(^|,)H(?=,|$)/g, "$1H(1-28)") : part;
  const alone = fieldTitles.map((_, other) => (other === index ? bounded : "*")).join(" ");
  try {
    return CronExpressionParser.parse(alone, { hashSeed: seed }).stringify().split(" ")[index] ?? part;
  } catch {
    return part;
  }
}
