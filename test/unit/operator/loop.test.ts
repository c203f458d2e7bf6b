import { expect, test } from "@jest/globals";
import { runLoop } from "../../../operator/loop.ts";

test("waits the interval after a good pass, and after failures ever longer up to the interval", async () => {
  const results = [true, false, false, false, false, true, true];
  const waits: number[] = [];
  const controller = new AbortController();

  await runLoop({
    ...{ intervalMs: 5000, signal: controller.signal },
    pass: () => Promise.resolve(results.shift() ?? true),
    delay: (ms) => {
      waits.push(ms);
      if (results.length === 0) controller.abort();
      return Promise.resolve();
    },
  });

  expect(waits).toEqual([5000, 1000, 2000, 4000, 5000, 5000, 5000]);
});

test("ends at once when told to stop while it waits, and sees a pass through", async () => {
  const controller = new AbortController();
  let isFinished = false;
  const pass = async () => {
    controller.abort();
    await Promise.resolve();
    isFinished = true;
    return true;
  };

  await runLoop({ pass, intervalMs: 3_600_000, signal: controller.signal });

  expect(isFinished).toBe(true);
});
