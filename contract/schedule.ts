import { CronExpressionParser } from "cron-parser";
import type { Brand } from "./brand.ts";
import type { Reading } from "./diagnostic.ts";

/** A schedule exactly as the CronJob controller will read it: five fields or a macro, `H` already resolved. */
export type CronSchedule = Brand<string, "CronSchedule">;

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly words?: readonly string[];
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** The bounds of robfig/cron v3, which the CronJob controller uses; note that Sunday is 0 and never 7. */
const fields: readonly Field[] = [
  { name: "minute", min: 0, max: 59 },
  { name: "hour", min: 0, max: 23 },
  { name: "day of month", min: 1, max: 31 },
  { name: "month", min: 1, max: 12, words: months },
  { name: "day of week", min: 0, max: 6, words: weekdays },
];

/** https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax */
const macros = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/**
 * Reads a schedule as Kubernetes does, and resolves `H` (a stable value for each `seed`, so that workloads spread over
 * the hour instead of starting together: `H 3 * * *`, `H(0-29) 2 * * *`, `H/15 * * * *`).
 * A refused schedule gives the sentence that says what is wrong.
 */
export function parseSchedule(text: string, seed: string): Reading<CronSchedule> {
  if (text.startsWith("@")) {
    return macros.includes(text)
      ? { value: text as CronSchedule }
      : { problem: `The macro ${quote(text)} is not one of ${macros.join(", ")}.` };
  }
  const given = text.split(/[ \t]+/).filter((part) => part !== "");
  if (given.length !== fields.length) {
    return { problem: `${quote(text)} has ${String(given.length)} fields where a schedule has 5: ${names()}.` };
  }
  const resolved = given.map((part, index) => resolveHash(part, index, seed));
  const problem = fields
    .map((field, index) => fieldProblem(field, resolved[index] ?? ""))
    .find((found) => found !== null);
  return problem == null ? { value: resolved.join(" ") as CronSchedule } : { problem };
}

/** The first `count` times after `now` at which the controller starts a job. Fewer when it never fires so often. */
export function nextRuns(schedule: CronSchedule, timeZone: string, now: Date, count: number): readonly Date[] {
  const expression = schedule === "@midnight" ? "@daily" : schedule;
  try {
    return CronExpressionParser.parse(expression, { tz: timeZone, currentDate: now })
      .take(count)
      .map((date) => date.toDate());
  } catch {
    return []; // cron-parser throws on a schedule that has no date at all, such as "0 0 31 2 *"
  }
}

/** Replaces the `H` of one field; text that cron-parser refuses stays, for the field's own check to name. */
function resolveHash(part: string, index: number, seed: string): string {
  if (!/(^|,)H/.test(part)) return part;
  const alone = fields.map((_, other) => (other === index ? part : "*")).join(" ");
  try {
    return CronExpressionParser.parse(alone, { hashSeed: seed }).stringify().split(" ")[index] ?? part;
  } catch {
    return part;
  }
}

function fieldProblem(field: Field, text: string): string | null {
  const broken = text.split(",").find((range) => !isRange(field, range));
  return broken === undefined
    ? null
    : `The ${field.name} ${quote(text)} is not a list of values, ranges or steps from ${String(field.min)} to ${String(field.max)}.`;
}

/** `*`, `?`, `n`, `n-m`, each with an optional `/step`: the grammar of robfig/cron's `getRange`. */
function isRange(field: Field, text: string): boolean {
  const match = /^(?:[*?]|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(text);
  if (match === null) return false;
  const [, start, end, step] = match;
  const from = start === undefined ? field.min : valueOf(field, start);
  const to = end === undefined ? (start === undefined ? field.max : from) : valueOf(field, end);
  return from >= field.min && to <= field.max && from <= to && (step === undefined || Number(step) > 0);
}

/** NaN, which fails every comparison, for what is neither a number nor a word of the field. */
function valueOf(field: Field, text: string): number {
  const word = field.words?.indexOf(text.toLowerCase()) ?? -1;
  return word >= 0 ? word + field.min : /^\d+$/.test(text) ? Number(text) : NaN;
}

function names(): string {
  return fields.map((field) => field.name).join(", ");
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

/**
 * A time zone that Kubernetes accepts: an IANA name in its exact spelling, never `Local` and never an offset.
 * https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#time-zones
 */
export function parseTimeZone(text: string): Reading<string> {
  return isTimeZone(text)
    ? { value: text }
    : { problem: `${quote(text)} is not an IANA time zone as Kubernetes accepts it.` };
}

function isTimeZone(name: string): boolean {
  if (!/^[A-Z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/.test(name) || name === "Local") return false;
  try {
    const canonical = new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
    return canonical === name || canonical.toLowerCase() !== name.toLowerCase(); // Intl is laxer about case than Go
  } catch {
    return false; // RangeError: no such zone
  }
}
