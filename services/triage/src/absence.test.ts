import { expect, test } from "vitest";
import { openAbsence } from "./absence.ts";

const none: ReadonlySet<string> = new Set();

test("an alert that was listed and is listed no more is gone at once", () => {
  const absence = openAbsence(1_000);
  expect(absence(["a", "b"], new Set(["a", "b"]), 0)).toEqual(none);
  expect(absence(["a", "b"], new Set(["b"]), 1)).toEqual(new Set(["a"]));
});

test("one that was never seen listed is gone only once it has been missing for the whole patience", () => {
  const absence = openAbsence(1_000);
  expect(absence(["a"], none, 0)).toEqual(none);
  expect(absence(["a"], none, 999)).toEqual(none);
  expect(absence(["a"], none, 1_000)).toEqual(new Set(["a"]));
});

test("a listing in between begins the patience anew, and so does an incident that was not open", () => {
  const absence = openAbsence(1_000);
  absence(["a", "b"], none, 0);
  absence([], none, 500);
  expect(absence(["a"], none, 1_200)).toEqual(none);
  expect(absence(["a"], new Set(["a"]), 1_300)).toEqual(none);
  expect(absence(["b"], none, 1_400)).toEqual(none);
});
