import { join } from "node:path";
import { beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { nextRuns } from "../../contract/next-runs.ts";
import { type CronSchedule, everFires, parseSchedule } from "../../contract/schedule.ts";
import { clockIn, type WallTime } from "../../contract/time-zone.ts";
import { timeZoneNames } from "../../contract/time-zone-names.ts";
import { run } from "../bed/command.ts";
import { buildProgram } from "../bed/go.ts";
import { readVerdicts } from "../support/verdicts.ts";

/** Zones of every kind: half hours, two hours, at midnight, in winter, of the southern half, and without. */
const candidates = [
  ...["Europe/Paris", "Europe/Dublin", "Europe/London", "America/New_York", "America/Los_Angeles", "America/St_Johns"],
  ...["Australia/Lord_Howe", "Australia/Sydney", "Pacific/Chatham", "Pacific/Auckland", "Pacific/Easter"],
  ...["Antarctica/Troll", "Africa/Cairo", "Africa/Casablanca", "Asia/Beirut", "Asia/Jerusalem", "Asia/Kathmandu"],
  ...["America/Havana", "America/Santiago", "America/Asuncion", "America/Nuuk", "Atlantic/Azores", "America/Sao_Paulo"],
  ...["Etc/UTC", "Etc/GMT+12", "Pacific/Kiritimati", "US/Pacific", "Factory"],
];
const schedules = [
  ...["* * * * *", "*/20 * * * *", "0 * * * *", "30 * * * *", "0 0 * * *", "30 0 * * *", "59 23 * * *", "15 1 * * *"],
  ...[
    "0 2 * * *",
    "30 2 * * *",
    "0 3 * * *",
    "*/30 1-3 * * *",
    "0 */5 * * *",
    "0 0 * * 0",
    "30 1 * * 6,0",
    "0 0 1 * *",
  ],
  ...["0 0 29-31 * *", "0 0 31 * 1", "0 0 */7 * 5", "0 0 29 2 *", "5/25 22-23 ? 3,10,11 sun", "@daily", "@every 11h"],
];
const sixHoursMs = 6 * 3_600_000;
/** Of the changes of clocks in 2026 and 2027 in all of these zones: the months around them. */
const starts = ["02-13", "03-07", "03-28", "04-04", "04-23", "09-05", "09-26", "10-03", "10-24", "10-31"].flatMap(
  (day) => [`2026-${day}T05:17:41.250Z`, `2027-${day}T22:00:00.000Z`],
);

let cron = "";
/** Those for which Node and Go have the same edition of the time zone database: a country may just have changed its mind. */
let zones: readonly string[] = [];

beforeAll(async () => {
  cron = await buildProgram("cron");
  const agree = await Promise.all(candidates.map(async (zone) => (await offsetsByGo(zone)) === offsetsByNode(zone)));
  zones = candidates.filter((_, index) => agree[index]);
}, 600_000);

async function offsetsByGo(zone: string): Promise<string> {
  return run(cron, ["offsets", zone]);
}

function offsetsByNode(zone: string): string {
  const times = Array.from(
    { length: (Date.UTC(2033) - Date.UTC(2026)) / sixHoursMs },
    (_, index) => Date.UTC(2026) + index * sixHoursMs,
  );
  return times.map((time) => `${wallMs(clockIn(zone).read(time)) / 1000 - time / 1000}\n`).join("");
}

function wallMs({ year, month, day, hour, minute, second }: WallTime): number {
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

interface Question {
  readonly schedule: string;
  readonly zone: string;
  readonly after: string;
  readonly count: number;
}

async function expectSameRuns(questions: readonly Question[]): Promise<void> {
  const input = questions.map((one) => JSON.stringify(one)).join("\n");
  const answers = (await run(cron, ["next"], { input })).trimEnd().split("\n");

  expect(answers).toHaveLength(questions.length);
  const differing = questions.flatMap((question, index) => {
    const { schedule, zone, after, count } = question;
    const ours = nextRuns(schedule as CronSchedule, zone, new Date(after), count).map((time) => time.toISOString());
    const theirs = (JSON.parse(answers[index] ?? "") as string[]).map((time) => new Date(time).toISOString());
    return JSON.stringify(ours) === JSON.stringify(theirs) ? [] : [{ ...question, ours, theirs }];
  });
  expect(differing).toEqual([]);
}

test("the clocks of nearly every zone are those of Go", () => {
  expect(zones.length).toBeGreaterThan(candidates.length - 5);
});

test("the next runs are those of robfig/cron in every zone, before and after both changes of its clocks", async () => {
  const questions = zones.flatMap((zone) =>
    schedules.flatMap((schedule) => starts.map((after) => ({ schedule, zone, after, count: 6 }))),
  );

  await expectSameRuns(questions);
}, 300_000);

test("the next runs of every schedule that the API server takes are those of robfig/cron", async () => {
  const taken = readVerdicts("schedules.tsv").flatMap(([text, verdict]) => {
    const reading = parseSchedule(text, "shop/db");
    return verdict === "accepted" && "value" in reading ? [reading.value] : [];
  });
  const questions = taken.flatMap((schedule) =>
    ["Europe/Paris", "America/Havana"].map((zone) => ({ schedule, zone, after: "2026-03-07T05:17:41.250Z", count: 4 })),
  );

  await expectSameRuns(questions);
  const never = questions.filter(({ schedule }) => !everFires(schedule));
  expect(never.length).toBeGreaterThan(5);
}, 120_000);

test("the next runs of random schedules are those of robfig/cron", async () => {
  const item = (min: number, max: number) =>
    fc.oneof(
      { weight: 3, arbitrary: fc.constant("*") },
      { weight: 3, arbitrary: fc.integer({ min, max }).map(String) },
      fc
        .tuple(fc.integer({ min, max }), fc.integer({ min, max }))
        .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
      fc.integer({ min: 1, max }).map((step) => `*/${step}`),
      fc.array(fc.integer({ min, max }), { minLength: 1, maxLength: 4 }).map((list) => list.join(",")),
    );
  const question = fc.record({
    schedule: fc
      .tuple(item(0, 59), item(0, 23), item(1, 31), item(1, 12), item(0, 6))
      .map((fields) => fields.join(" ")),
    zone: fc.constantFrom(...zones),
    after: fc
      .date({ min: new Date("2026-01-01"), max: new Date("2028-01-01"), noInvalidDate: true })
      .map((date) => date.toISOString()),
    count: fc.constant(3),
  });

  await expectSameRuns(fc.sample(question, process.env["SLOW"] === "1" ? 20_000 : 2000));
}, 300_000);

test("the names of time zones are those that are built into Go, and so into Kubernetes", async () => {
  const root = (await run("go", ["env", "GOROOT"])).trim();
  const names = (await run(cron, ["zones", join(root, "lib/time/zoneinfo.zip")])).trimEnd().split("\n");

  expect([...timeZoneNames].sort()).toEqual(names.sort());
});
