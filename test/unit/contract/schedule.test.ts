import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseAnnotations } from "../../../contract/annotations.ts";
import { annotationPrefix } from "../../../contract/labels.ts";
import { everFires, parseSchedule, type CronSchedule } from "../../../contract/schedule.ts";
import { readVerdicts } from "../../support/verdicts.ts";

const verdicts = readVerdicts("schedules.tsv");
/** The one thing that we take and Kubernetes does not: it is resolved before Kubernetes sees it. */
const isHash = (text: string) => text.startsWith("H");

test("the table has at least 200 expressions, of which the API server refuses at least 60", () => {
  expect(verdicts.length).toBeGreaterThanOrEqual(200);
  expect(verdicts.filter(([, verdict]) => verdict === "refused").length).toBeGreaterThanOrEqual(60);
});

test.each(verdicts.filter(([text]) => !isHash(text)))("%j is %s, as by the API server", (text, verdict) => {
  expect("value" in parseSchedule(text, "shop/db") ? "accepted" : "refused").toBe(verdict);
});

test.each([["* * * * *"], ["*/15 0-6 1,15 jan-mar MON-FRI"], ["0 0 ? * 0"], ["@midnight"], ["@every 90m"]])(
  "takes %j as it is",
  (text) => {
    expect(parseSchedule(text, "shop/db")).toEqual({ value: text });
  },
);

test.each([
  ["0 0 3 * * *", "6 fields where a schedule has 5"],
  ["@reboot", "@every 1h30m"],
  ["CRON_TZ=UTC @daily", "use timezone"],
  ["0 24 * * *", 'The hour "24" is not a list of values, ranges or steps from 0 to 23.'],
  ["0 3 * * 7", 'The day of week "7" is not a list of values, ranges or steps from 0 to 6.'],
])("says of %j what is wrong", (text, words) => {
  expect(parseSchedule(text, "shop/db")).toEqual({ problem: expect.stringContaining(words) as unknown });
});

test("resolves H to a value that is stable for a workload and differs between workloads", () => {
  const seeds = Array.from({ length: 20 }, (_, index) => `shop/db-${index}`);

  const schedules = seeds.map((seed) => parseSchedule("H H(1-4) * * *", seed));

  expect(schedules).toEqual(seeds.map((seed) => parseSchedule("H H(1-4) * * *", seed)));
  expect(new Set(schedules.map((one) => JSON.stringify(one))).size).toBeGreaterThan(10);
  for (const one of schedules)
    expect(one).toEqual({ value: expect.stringMatching(/^[0-5]?\d [1-4] \* \* \*$/) as unknown });
});

test.each([["H(5-2) * * * *"], ["H(0-5 * * * *"], ["H-5 * * * *"], ["HH * * * *"], ["H/0 * * * *"], ["* * * * H#1"]])(
  "refuses the hash %j",
  (text) => {
    expect(parseSchedule(text, "shop/db")).toHaveProperty("problem");
  },
);

test("any schedule of H alone fires, in every month when its day is one", () => {
  const field = fc.constantFrom("H", "*");
  fc.assert(
    fc.property(fc.tuple(field, field, field, field, field), fc.string(), (fields, seed) => {
      const reading = parseSchedule(fields.join(" "), seed);

      expect(reading).toHaveProperty("value");
      const schedule = ("value" in reading ? reading.value : "") as CronSchedule;
      expect(everFires(schedule)).toBe(true);
      const day = schedule.split(" ")[2] ?? "";
      expect(day === "*" || Number(day) <= 28).toBe(true);
    }),
  );
});

test.each<[string, boolean]>([
  ["0 0 31 2 *", false],
  ["0 0 30,31 feb *", false],
  ["0 0 31 2,4,6,9,11 *", false],
  ["0 0 29 2 *", true],
  ["0 0 31 2,3 *", true],
  ["0 0 31 2 1", true], // of two fields for days either may match
  ["0 0 31 2 */1", false], // but this one is a star
  ["0 0 31 2 */2", true], // and this one is not
  [", * * * *", false],
  ["* * , * *", false],
  ["* * , * 1", true],
  ["@yearly", true],
  ["@every 1h", true],
])("whether %j ever fires: %s", (text, expected) => {
  const reading = parseSchedule(text, "shop/db");

  expect("value" in reading && everFires(reading.value)).toBe(expected);
});

test.each([
  ["0 0 31 2 *", ["schedule-never"]],
  ["0 0 28 2 *", []],
])("a workload whose schedule is %j is planned, with the warnings %j", (schedule, codes) => {
  const said = Object.entries({ enabled: "true", type: "mysql", schedule });
  const annotations = Object.fromEntries(said.map(([key, text]) => [annotationPrefix + key, text]));
  const defaults = { encryptionEnabled: false, recipients: [], compression: "gzip" } as const;

  const reading = parseAnnotations(annotations, { kind: "Deployment", namespace: "shop", name: "db" }, defaults);

  expect(reading).toMatchObject({ ok: true, value: { schedule } });
  expect(reading.ok && reading.warnings.map(({ code }) => code)).toEqual(codes);
});

test("an annotation of a mebibyte is read in no time, and neither throws nor is quoted in full", () => {
  for (const part of ["1,", "H,", "* ", "H(", "@every 1h", "9", "\n", "1-2/"]) {
    const text = part.repeat(Math.ceil(2 ** 20 / part.length));
    const reading = parseSchedule(text, "shop/db");

    expect("problem" in reading ? reading.problem.length : Infinity).toBeLessThan(300);
  }
});
