import type { CronFields } from "./cron-fields.ts";
import { type CronSchedule, everFires, timesOf } from "./schedule.ts";
import { type Clock, clockIn } from "./time-zone.ts";

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
/** How far robfig/cron looks ahead. */
const horizonYears = 5;

/**
 * The first `count` times after `now` at which the controller starts a job; fewer when it never fires so often. Of an
 * `@every` schedule, as if the CronJob were made now.
 */
export function nextRuns(schedule: CronSchedule, timeZone: string, now: Date, count: number): readonly Date[] {
  if (!everFires(schedule)) return []; // the search would look at each minute of five years
  const times = timesOf(schedule);
  const clock = clockIn(timeZone);
  const runs: Date[] = [];
  for (let last: number | null = now.getTime(); runs.length < count;) {
    last = "everySeconds" in times ? secondAfter(last, times.everySeconds) : nextFire(times.fields, clock, last);
    if (last === null) break;
    runs.push(new Date(last));
  }
  return runs;
}

/**
 * The search of robfig/cron v3 (https://github.com/robfig/cron/blob/v3.0.1/spec.go), step by step, since its steps decide what
 * happens where clocks change: a time that is skipped is not made up for, and one that comes twice may fire twice.
 */
function nextFire(fields: CronFields, clock: Clock, after: number): number | null {
  let time = secondAfter(after, 1);
  const limit = clock.read(time).year + horizonYears;
  let isReset = false; // once one field had to advance, all below it are at their start
  search: while (clock.read(time).year <= limit) {
    while (!fields.month.values.has(clock.read(time).month)) {
      if (!isReset) time = startOf(clock, time, "month");
      isReset = true;
      time = later(clock, time, { months: 1 });
      if (clock.read(time).month === 1) continue search;
    }
    while (!isDay(fields, clock, time)) {
      if (!isReset) time = startOf(clock, time, "day");
      isReset = true;
      time = later(clock, time, { days: 1 });
      const { hour } = clock.read(time); // not 0 where the day has no midnight
      if (hour !== 0) time += (hour > 12 ? 24 - hour : -hour) * hourMs;
      if (clock.read(time).day === 1) continue search;
    }
    while (!fields.hour.values.has(clock.read(time).hour)) {
      if (!isReset) time = startOf(clock, time, "hour");
      isReset = true;
      time += hourMs;
      if (clock.read(time).hour === 0) continue search;
    }
    while (!fields.minute.values.has(clock.read(time).minute)) {
      if (!isReset) time = startOfMinute(time);
      isReset = true;
      time += minuteMs;
      if (clock.read(time).minute === 0) continue search;
    }
    if (time === startOfMinute(time)) return time;
    isReset = true;
    time = startOfMinute(time) + minuteMs;
  }
  return null;
}

function isDay({ dayOfMonth, dayOfWeek }: CronFields, clock: Clock, time: number): boolean {
  const { day, weekday } = clock.read(time);
  const [byDate, byWeekday] = [dayOfMonth.values.has(day), dayOfWeek.values.has(weekday)];
  return dayOfMonth.isStar || dayOfWeek.isStar ? byDate && byWeekday : byDate || byWeekday;
}

function startOf(clock: Clock, time: number, unit: "month" | "day" | "hour"): number {
  const { year, month, day, hour } = clock.read(time);
  return clock.at({ year, month, day: unit === "month" ? 1 : day, hour: unit === "hour" ? hour : 0 });
}

/** The same wall time on another date. */
function later(clock: Clock, time: number, { months = 0, days = 0 }: { months?: number; days?: number }): number {
  const wall = clock.read(time);
  return clock.at({ ...wall, month: wall.month + months, day: wall.day + days });
}

function startOfMinute(time: number): number {
  return Math.floor(time / minuteMs) * minuteMs;
}

/** The start of a second, so many after the one that the time is in. */
function secondAfter(time: number, seconds: number): number {
  return (Math.floor(time / secondMs) + seconds) * secondMs;
}
