import { expect, test } from "@jest/globals";
import { pairwise } from "../../support/pairwise.ts";

test("every two values of two settings meet, in far fewer combinations than there are", () => {
  const domains = { a: ["1", "2", "3"], b: ["1", "2"], c: ["x", "y"], d: ["x", "y"], e: ["x", "y", "z"] };

  const combinations = pairwise(domains);

  for (const [a, values] of Object.entries(domains)) {
    for (const [b, others] of Object.entries(domains)) {
      if (a === b) continue;
      for (const value of values) {
        for (const other of others) {
          expect(combinations.filter((one) => one[a as "a"] === value && one[b as "b"] === other)).not.toEqual([]);
        }
      }
    }
  }
  expect(combinations.length).toBeLessThan(14); // of 72
});
