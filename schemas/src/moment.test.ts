import { expect, test } from "vitest";
import { iso, span } from "./moment.ts";

test.each([
  [-5, "0 s"],
  [9_400, "9 s"],
  [119_000, "119 s"],
  [120_000, "2 min"],
  [7_199_000, "120 min"],
  [7_200_000, "2 h"],
  [172_799_000, "48 h"],
  [172_800_000, "2 days"],
])("%i ms are said as %s", (ms, said) => {
  expect(span(ms)).toBe(said);
});

test("a time beyond every calendar is its last moment", () => {
  expect(iso(0)).toBe("1970-01-01T00:00:00.000Z");
  expect(iso(Number.MAX_SAFE_INTEGER)).toBe("+275760-09-13T00:00:00.000Z");
  expect(iso(-Infinity)).toBe("-271821-04-20T00:00:00.000Z");
});
