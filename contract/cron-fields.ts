import { quoted } from "./quoted.ts";

/** What one field of a schedule lets through. */
export interface CronField {
  readonly values: ReadonlySet<number>;
  /** Whether it says `*` or `?`: of the two fields for days only one then counts, and otherwise either may match. */
  readonly isStar: boolean;
}

/** A schedule as a clock's hands: it fires at the minutes that all of its fields let through. */
export interface CronFields {
  readonly minute: CronField;
  readonly hour: CronField;
  readonly dayOfMonth: CronField;
  readonly month: CronField;
  /** 0 is Sunday, and 7 is nothing. */
  readonly dayOfWeek: CronField;
}

type FieldName = keyof CronFields;

interface Bounds {
  /** For people. */
  readonly title: string;
  readonly min: number;
  readonly max: number;
  readonly words?: readonly string[];
}

const bounds: Readonly<Record<FieldName, Bounds>> = {
  minute: { title: "minute", min: 0, max: 59 },
  hour: { title: "hour", min: 0, max: 23 },
  dayOfMonth: { title: "day of month", min: 1, max: 31 },
  month: {
    ...{ title: "month", min: 1, max: 12 },
    words: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
  },
  dayOfWeek: { title: "day of week", min: 0, max: 6, words: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
};

/** In the order in which a schedule writes them. */
export const fieldNames = Object.keys(bounds) as readonly FieldName[];
export const fieldTitles = fieldNames.map((name) => bounds[name].title);

/** The most days that each month ever has. */
const longestMonths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Reads five fields exactly as robfig/cron v3 does, with which the API server and the CronJob controller read them:
 * https://github.com/robfig/cron/blob/v3.0.1/parser.go. That takes a little more than the documentation of Kubernetes says,
 * such as an empty item of a list.
 */
export function parseCronFields(
  texts: readonly string[],
): { readonly value: CronFields } | { readonly problem: string } {
  const fields = fieldNames.map((name, index) => ({
    name,
    text: texts[index] ?? "",
    field: fieldOf(name, texts[index]),
  }));
  const broken = fields.find(({ field }) => field === null);
  if (broken !== undefined) {
    const { title, min, max } = bounds[broken.name];
    return {
      problem: `The ${title} ${quoted(broken.text)} is not a list of values, ranges or steps from ${min} to ${max}.`,
    };
  }
  return { value: Object.fromEntries(fields.map(({ name, field }) => [name, field])) as unknown as CronFields };
}

/** Whether there is any date at all that the fields let through: never for the 31st of February, nor for an empty list. */
export function canFire({ minute, hour, dayOfMonth, month, dayOfWeek }: CronFields): boolean {
  const hasDate = [...month.values].some((one) =>
    [...dayOfMonth.values].some((day) => day <= (longestMonths[one - 1] ?? 0)),
  );
  const hasWeekday = dayOfWeek.values.size > 0;
  const hasDay = dayOfMonth.isStar || dayOfWeek.isStar ? hasDate && hasWeekday : hasDate || hasWeekday;
  return minute.values.size > 0 && hour.values.size > 0 && month.values.size > 0 && hasDay;
}

function fieldOf(name: FieldName, text = ""): CronField | null {
  const values = new Set<number>();
  let isStar = false;
  for (const item of new Set(text.split(","))) {
    if (item === "") continue;
    const range = rangeOf(bounds[name], item);
    if (range === null) return null;
    for (let value = range.start; value <= range.end; value += range.step) values.add(value);
    isStar ||= range.isStar;
  }
  return { values, isStar };
}

interface Range {
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly isStar: boolean;
}

/** `*`, `?`, `n`, `n-m`, each with an optional `/step`. What follows `*-` is not looked at. */
function rangeOf({ min, max, words }: Bounds, text: string): Range | null {
  const [range = "", stepText, ...more] = text.split("/");
  const [low = "", high, ...rest] = range.split("-");
  const step = stepText === undefined ? 1 : numberOf(stepText);
  if (more.length > 0 || step === null || step === 0) return null;
  if (low === "*" || low === "?") return { start: min, end: max, step, isStar: step === 1 };
  if (rest.length > 0) return null;
  const start = wordOf(low, words) ?? numberOf(low);
  const end = high === undefined ? (stepText === undefined ? start : max) : (wordOf(high, words) ?? numberOf(high));
  if (start === null || end === null || start < min || end > max || start > end) return null;
  return { start, end, step, isStar: false };
}

function wordOf(text: string, words: readonly string[] = []): number | null {
  const index = words.indexOf(text.toLowerCase());
  return index < 0 ? null : index + (words.length === 12 ? 1 : 0);
}

/** As Go's `strconv.Atoi`, of what a field can hold: a sign is fine, and so are leading zeros. Below 2^63 are 19 digits. */
function numberOf(text: string): number | null {
  const [, digits] = /^\+?0*(\d{1,19})$/.exec(text) ?? [];
  return digits !== undefined && BigInt(digits) < 2n ** 63n ? Number(digits) : null;
}
