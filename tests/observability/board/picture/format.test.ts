import { expect, test } from "vitest";
import { fitted, formatted } from "./format.ts";

test.each([
  [0, "s", "0 s"],
  [0.0123, "s", "12 ms"],
  [26, "s", "26 s"],
  [600, "s", "10 min"],
  [0.625, "percentunit", "63%"],
  [0.4, "currencyUSD", "$0.4"],
  [7, "none", "7"],
  [18_000, "short", "18 k"],
])("%d %s is written %s", (value, unit, text) => {
  expect(formatted(value, unit)).toBe(text);
});

test("what does not fit is cut, and says so", () => {
  expect(fitted("deny-wide-outside-window", 80, 12)).toBe("deny-wide-o…");
});
