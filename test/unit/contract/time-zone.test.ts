import { expect, test } from "@jest/globals";
import { clockIn, parseTimeZone } from "../../../contract/time-zone.ts";
import { timeZoneNames } from "../../../contract/time-zone-names.ts";
import { readVerdicts } from "../../support/verdicts.ts";

test.each(readVerdicts("time-zones.tsv"))("%j is %s, as by the API server", (text, verdict) => {
  expect("value" in parseTimeZone(text) ? "accepted" : "refused").toBe(verdict);
});

test("the clocks of every zone can be read", () => {
  const time = Date.UTC(2026, 10, 24, 12);

  for (const name of timeZoneNames) {
    const wall = clockIn(name).read(time);
    expect(clockIn(name).at(wall)).toBe(time);
  }
});

test.each([
  ["Europe/Paris", "2026-03-29T01:30:00Z", { hour: 3, minute: 30 }],
  ["Australia/Lord_Howe", "2026-04-04T15:15:00Z", { hour: 1, minute: 45, day: 5 }],
  ["Asia/Kathmandu", "2026-01-01T00:00:00Z", { hour: 5, minute: 45 }],
  ["Factory", "2026-01-01T00:00:00Z", { hour: 0, minute: 0, weekday: 4 }],
])("in %s at %s the clock shows %j", (zone, time, wall) => {
  expect(clockIn(zone).read(Date.parse(time))).toMatchObject(wall);
});
