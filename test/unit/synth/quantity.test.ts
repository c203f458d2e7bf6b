import { expect, test } from "@jest/globals";
import { quantity } from "../../../synth/quantity.ts";

test.each([
  ["100m", "100m"],
  ["1000m", "1"],
  ["1500m", "1500m"],
  ["0.5", "500m"],
  ["1.0", "1"],
  ["2", "2"],
  ["1000", "1k"],
  ["1024", "1024"],
  ["256Mi", "256Mi"],
  ["1024Mi", "1Gi"],
  ["1.5Gi", "1536Mi"],
  ["0.5Ki", "512"],
  ["1000M", "1G"],
  ["0", "0"],
  ["0Mi", "0"],
])("%s is kept by the API server as %s", (given, kept) => {
  expect(quantity(given)).toEqual({ value: kept });
});

test.each(["", "m", "1.", "-1", "1 Gi", "1gi", "1KI", "0.0001", "1e3x", "1000000000000000000"])(
  "%j is refused",
  (given) => {
    expect(quantity(given)).toHaveProperty("problem");
  },
);
