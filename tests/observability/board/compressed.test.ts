import { expect, test } from "vitest";
import { compressed } from "./compressed.ts";

test("every duration of a rule is divided: ranges, offsets, how long it holds, and limits that are written as minutes", () => {
  const rule = "expr: min_over_time(a[1h]) > 10 * 60 or b unless b offset 5m\nfor: 2m\n";
  expect(compressed(rule, 30)).toBe("expr: min_over_time(a[120s]) > 10 * 2 or b unless b offset 10s\nfor: 4s\n");
});

test("names that end like a duration, and other numbers, stay", () => {
  const rule = "record: holdfast:denials:increase5m\nexpr: holdfast:denials:ratio15m > 0.5 and a >= 5";
  expect(compressed(rule, 30)).toBe(rule);
});
