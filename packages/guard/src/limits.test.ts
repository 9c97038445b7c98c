import { expect, test } from "vitest";

import { openLimits } from "./limits.ts";
import { MATRIX_LIMITS } from "./testing/matrix.ts";

test("the limits are the numbers of the file", () => {
  expect(openLimits(MATRIX_LIMITS)).toEqual({
    approveByMinutes: { pod: 15, wider: 30 },
    executeByMinutes: 5,
    evidenceAgeSecondsMax: 300,
    actionsPerTargetAndHour: 6,
    skewSeconds: 30,
    requestBytesMax: 262_144,
    votesPerPersonAndMinute: 60,
  });
});

test("a missing or an unknown key refuses the file, and says which", () => {
  expect(() => openLimits(MATRIX_LIMITS.replace("skewSeconds: 30\n", ""))).toThrow('the key "skewSeconds" is missing');
  expect(() => openLimits(`${MATRIX_LIMITS}skewMinutes: 1\n`)).toThrow('the key "skewMinutes" is unknown');
  expect(() => openLimits(MATRIX_LIMITS.replace("pod: 15, ", ""))).toThrow('the key "pod" is missing');
});

test.each([
  ["executeByMinutes: 5", "executeByMinutes: 0"],
  ["executeByMinutes: 5", "executeByMinutes: 2.5"],
  ["executeByMinutes: 5", 'executeByMinutes: "5"'],
  ["skewSeconds: 30", "skewSeconds: -1"],
  ["requestBytesMax: 262144", "requestBytesMax: 262145"],
  ["votesPerPersonAndMinute: 60", "votesPerPersonAndMinute: 0"],
  ["wider: 30", "wider: .inf"],
])("%s cannot become %s", (from, to) => {
  expect(() => openLimits(MATRIX_LIMITS.replace(from, to))).toThrow(/must be a whole number from \d+ to \d+/);
});

test("a duplicate key refuses the file and names its line", () => {
  expect(() => openLimits(`${MATRIX_LIMITS}skewSeconds: 300\n`)).toThrow(/config\/limits\.yaml, line 8: .*unique/);
});
