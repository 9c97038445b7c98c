import { expect, test } from "vitest";
import { openPace } from "./pace.ts";

test("the window slides: who waits as long as is said may vote again, and what was refused did not count", () => {
  const pace = openPace(2);
  expect([0, 30_000].map((at) => pace.waitOf("ana", at))).toEqual([undefined, undefined]);
  expect(pace.waitOf("ana", 40_000)).toBe(20);
  expect(pace.waitOf("ben", 40_000)).toBeUndefined();
  expect(pace.waitOf("ana", 59_999)).toBe(1);
  expect(pace.waitOf("ana", 60_000)).toBeUndefined();
  expect(pace.waitOf("ana", 60_001)).toBe(30);
});
