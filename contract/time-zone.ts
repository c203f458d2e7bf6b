import type { Reading } from "./diagnostic.ts";
import { refused } from "./field-reader.ts";
import { timeZoneNames } from "./time-zone-names.ts";

/**
 * A time zone that Kubernetes accepts: a name of the IANA database in its exact spelling. `Intl` takes any spelling, offsets,
 * and names of its own. https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#time-zones
 */
export function parseTimeZone(text: string): Reading<string> {
  const isKnown = timeZoneNames.has(text) || Intl.supportedValuesOf("timeZone").includes(text);
  return isKnown ? { value: text } : refused(text, 'an IANA time zone in its exact spelling, such as "Europe/Paris"');
}

/** What a clock on the wall shows. */
export interface WallTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** 0 is Sunday. */
  readonly weekday: number;
}

/** The clocks of one zone. Times are in milliseconds since 1970. */
export interface Clock {
  /** What they show at a time. */
  readonly read: (time: number) => WallTime;
  /**
   * When they show it. A month or day beyond the end counts on. Of a wall time that is skipped, or that comes twice, the time
   * that Go's `time.Date` gives: it decides when the controller starts a job.
   */
  readonly at: (wall: Pick<WallTime, "year" | "month" | "day" | "hour"> & Partial<WallTime>) => number;
}

/** @param timeZone a name that {@link parseTimeZone} took */
export function clockIn(timeZone: string): Clock {
  const clock = clocks.get(timeZone) ?? newClock(timeZone);
  clocks.set(timeZone, clock);
  return clock;
}

/** Making one costs a hundred times more than reading it. */
const clocks = new Map<string, Clock>();

function newClock(timeZone: string): Clock {
  const offsetOf = offsets(timeZone);
  let last = { time: NaN, wall: wallTime(0) };
  return {
    read(time) {
      if (time !== last.time) last = { time, wall: wallTime(time + offsetOf(time)) };
      return last.wall;
    },
    at({ year, month, day, hour, minute = 0, second = 0 }) {
      const wall = Date.UTC(year, month - 1, day, hour, minute, second);
      return wall - offsetOf(wall - offsetOf(wall));
    },
  };
}

function wallTime(shifted: number): WallTime {
  const date = new Date(shifted);
  return {
    ...{ year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() },
    ...{ hour: date.getUTCHours(), minute: date.getUTCMinutes(), second: date.getUTCSeconds() },
    weekday: date.getUTCDay(),
  };
}

const cellMs = 6 * 3_600_000;

/**
 * How far the clocks are ahead of UTC at a time, in milliseconds. Asking `Intl` costs a thousand times more than adding up, and a
 * search asks for every hour: where two times six hours apart have one offset, so has all between them. No zone has ever
 * changed its clocks twice in so short a time.
 */
function offsets(timeZone: string): (time: number) => number {
  if (timeZone === "Factory") return () => 0; // of a device that nobody has set yet: UTC, and unknown to Intl
  const exactOffsetOf = exactOffsets(timeZone);
  const known = new Map<number, number>();
  const atCell = (cell: number) => {
    const offset = known.get(cell) ?? exactOffsetOf(cell * cellMs);
    known.set(cell, offset);
    return offset;
  };
  return (time) => {
    const cell = Math.floor(time / cellMs);
    const offset = atCell(cell);
    return offset === atCell(cell + 1) ? offset : exactOffsetOf(time);
  };
}

function exactOffsets(timeZone: string): (time: number) => number {
  const fields = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" } as const;
  const format = new Intl.DateTimeFormat("en-US", { ...fields, second: "numeric", hourCycle: "h23", timeZone });
  return (time) => {
    const numbers = format.format(time).match(/\d+/g)?.map(Number) ?? [];
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = numbers;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(time / 1000) * 1000;
  };
}
