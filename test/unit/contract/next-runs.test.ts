import { expect, test } from "@jest/globals";
import { nextRuns } from "../../../contract/next-runs.ts";
import type { CronSchedule } from "../../../contract/schedule.ts";

test.each([
  ["in the zone of the workload", "30 3 * * *", "Europe/Paris", "2026-06-01T12:00:00Z", ["06-02T01:30", "06-03T01:30"]],
  [
    "not at a time that is skipped",
    "30 2 * * *",
    "Europe/Paris",
    "2026-03-28T12:00:00Z",
    ["03-30T00:30", "03-31T00:30"],
  ],
  [
    "once more when an hour comes twice",
    "30 2 * * *",
    "Europe/Paris",
    "2026-10-24T12:00:00Z",
    ["10-25T00:30", "10-25T01:30"],
  ],
  ["on either of two fields for days", "0 0 13 * 5", "Etc/UTC", "2026-11-10T00:00:00Z", ["11-13T00:00", "11-20T00:00"]],
  [
    "on the one of two that is no star",
    "0 0 */1 * 5",
    "Etc/UTC",
    "2026-11-10T00:00:00Z",
    ["11-13T00:00", "11-20T00:00"],
  ],
  ["after now and not at it", "0 3 * * *", "UTC", "2026-11-10T03:00:00Z", ["11-11T03:00", "11-12T03:00"]],
  [
    "as if made now, when counted from the start",
    "@every 90m",
    "UTC",
    "2026-11-10T03:00:00.500Z",
    ["11-10T04:30", "11-10T06:00"],
  ],
])("fires %s", (_, schedule, zone, now, expected) => {
  const runs = nextRuns(schedule as CronSchedule, zone, new Date(now), 2);

  expect(runs.map((run) => run.toISOString())).toEqual(expected.map((time) => `2026-${time}:00.000Z`));
});

test.each(["0 0 31 2 *", ", * * * *", "* * , * *"])("never fires at %j", (schedule) => {
  expect(nextRuns(schedule as CronSchedule, "Europe/Paris", new Date(0), 3)).toEqual([]);
});
