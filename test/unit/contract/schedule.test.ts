import { expect, test } from "@jest/globals";
import { nextRuns, parseSchedule, parseTimeZone, type CronSchedule } from "../../../contract/schedule.ts";

test.each([
  "* * * * *",
  "0 3 * * *",
  "*/15 0-6 1,15 jan-mar MON-FRI",
  "0 0 ? * 0",
  "5/10 * * * *",
  "@daily",
  "@midnight",
])("takes %j as it is", (text) => {
  expect(parseSchedule(text, "shop/db")).toEqual({ value: text });
});

test.each([
  "",
  "* * * *",
  "* * * * * *",
  "60 * * * *",
  "* 24 * * *",
  "* * 0 * *",
  "* * * 13 *",
  "* * * * 7",
  "*/0 * * * *",
  "5-1 * * * *",
  "-1 * * * *",
  "@reboot",
  "@Daily",
  "TZ=UTC * * * * *",
  "* * L * *",
  "* * * * 1#2",
  "1.5 * * * *",
  "a * * * *",
  "* * * * *\n",
])("refuses %j, as Kubernetes does", (text) => {
  expect(parseSchedule(text, "shop/db")).toHaveProperty("problem");
});

test("resolves H to a value that is stable for a workload and differs between workloads", () => {
  const seeds = Array.from({ length: 20 }, (_, index) => `shop/db-${String(index)}`);

  const schedules = seeds.map((seed) => parseSchedule("H H(1-4) * * *", seed));

  expect(schedules).toEqual(seeds.map((seed) => parseSchedule("H H(1-4) * * *", seed)));
  expect(new Set(schedules.map((one) => JSON.stringify(one))).size).toBeGreaterThan(10);
  for (const one of schedules)
    expect(one).toEqual({ value: expect.stringMatching(/^[0-5]?\d [1-4] \* \* \*$/) as unknown });
});

test("tells the next runs in the workload's zone, across the change to summer time", () => {
  const runs = nextRuns("30 3 * * *" as CronSchedule, "Europe/Paris", new Date("2026-03-28T00:00:00Z"), 2);

  expect(runs.map((run) => run.toISOString())).toEqual(["2026-03-28T02:30:00.000Z", "2026-03-29T01:30:00.000Z"]);
});

test("has no next run for a date that does not exist", () => {
  expect(nextRuns("0 0 31 2 *" as CronSchedule, "Etc/UTC", new Date(0), 3)).toEqual([]);
});

test.each(["Etc/UTC", "UTC", "Europe/Paris", "America/Argentina/Buenos_Aires"])("takes the zone %j", (zone) => {
  expect(parseTimeZone(zone)).toEqual({ value: zone });
});

test.each(["europe/paris", "+01:00", "Local", "Mars/Olympus", "", "../etc/passwd"])("refuses the zone %j", (zone) => {
  expect(parseTimeZone(zone)).toHaveProperty("problem");
});
