import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { checkIntervals } from "./check-intervals.ts";
import { contains, parseInterval } from "./intervals.ts";

const RECORDED = readFileSync(new URL("../fixtures/time-intervals.jsonl", import.meta.url), "utf8");

const openAt = (interval: object, moment: string): boolean => contains(parseInterval(interval), Date.parse(moment));

describe("Alertmanager's own answers", () => {
  test("are ours, on every interval and at every moment recorded", () => {
    expect(checkIntervals(RECORDED)).toEqual({ intervals: 1827, checks: 13_650, differences: [] });
  });

  test("a difference is found, in an answer and in what is refused", () => {
    const lines = [
      { interval: { years: ["2026"] }, valid: true, checks: [[1_792_879_722, 0]] },
      { interval: { years: ["2026"] }, valid: false },
      { interval: { years: ["26"] }, valid: true, checks: [] },
    ];
    expect(checkIntervals(lines.map((line) => JSON.stringify(line)).join("\n")).differences).toEqual([
      "line 1: at 1792879722 recorded as 0, and 1 here.",
      "line 2: recorded as refused, and accepted here.",
      'line 3: recorded as valid, and refused here: interval.years[0]: "26" is not a year. Write four digits.',
    ]);
  });

  test("a file with nothing to check, or with a line that is no answer, differs", () => {
    expect(checkIntervals("\n").differences).toEqual(["The file holds no interval: nothing was checked."]);
    for (const line of [
      "no json",
      "{}",
      '{"interval":{},"valid":true}',
      '{"interval":{},"valid":true,"checks":[[1,2]]}',
      '{"interval":{},"valid":"yes","checks":[]}',
    ])
      expect(checkIntervals(line).differences).toHaveLength(1);
  });
});

describe("what the recorded answers do not hold", () => {
  test("names in any case, ranges of names, and the months by number", () => {
    expect(openAt({ weekdays: ["SATURDAY:Saturday"] }, "2026-11-21T12:00:00Z")).toBe(true);
    expect(openAt({ months: ["January:MARCH"] }, "2026-03-31T23:59:59Z")).toBe(true);
    expect(openAt({ months: ["January:MARCH"] }, "2026-04-01T00:00:00Z")).toBe(false);
    expect(openAt({ months: ["11:december"] }, "2026-11-22T10:00:00Z")).toBe(true);
  });

  test("the end of a time is exclusive, its start inclusive, and a day ends at 24:00", () => {
    const night = { times: [{ start_time: "22:00", end_time: "24:00" }] };
    expect(["21:59:59.999", "22:00:00", "23:59:59.999"].map((time) => openAt(night, `2026-11-22T${time}Z`))).toEqual([
      false,
      true,
      true,
    ]);
    expect(openAt({ times: [{ start_time: "01:00", end_time: "02:00" }] }, "2026-11-22T02:00:00Z")).toBe(false);
  });

  test("negative days count from the end of the actual month", () => {
    const last = { days_of_month: ["-1"] };
    expect(
      ["2026-02-28", "2026-02-27", "2028-02-29", "2028-02-28", "2026-04-30"].map((day) =>
        openAt(last, `${day}T12:00:00Z`),
      ),
    ).toEqual([true, false, true, false, true]);
  });

  test.each([
    [{ location: "Local" }, "is not a time zone"],
    [{ location: "+01:00" }, "is not a time zone"],
    [{ location: "europe/berlin" }, "is not a time zone"],
    [{ location: "Europe/berlin" }, "is not a time zone"],
    [{ location: "EUROPE/BERLIN" }, "is not a time zone"],
    [{ location: "Europe/BerLin" }, "is not a time zone"],
    [{ location: "EST" }, "is not a time zone"],
    [{ location: "Europe/Atlantis" }, "is not a time zone"],
    [{ location: "" }, "empty text"],
    [{ months: ["0"] }, "is not a month"],
    [{ months: ["13"] }, "is not a month"],
    [{ months: ["november:january"] }, "Write two entries"],
    [{ weekdays: ["friday:monday"] }, "Write two entries"],
    [{ weekdays: ["sat"] }, "full English name"],
    [{ times: [{ start_time: "22:00", end_time: "05:00" }] }, "two entries"],
    [{ times: [{ start_time: "9:00", end_time: "10:00" }] }, "two digits"],
    [{ times: [{ start_time: 750, end_time: "13:00" }] }, "Put it in quotes"],
    [{ times: [{ start_time: "01:00" }] }, '"end_time" is missing'],
    [{ times: [] }, "empty list"],
    [{ days_of_month: ["0"] }, "is not a day"],
    [{ days_of_month: ["-3:1"] }, "counted from the month's end"],
    [{ days_of_month: ["15:-14"] }, "runs backwards"],
    [{ years: ["2027:2026"] }, "runs backwards"],
    [{ years: [2026] }, "Put it in quotes"],
    [{ weekday: ["monday"] }, 'the key "weekday" is unknown'],
    [[], "must be a map"],
  ])("%j is refused", (interval, why) => {
    expect(() => parseInterval(interval)).toThrow(why);
  });

  test.each([
    "UTC",
    "Etc/UTC",
    "Etc/GMT+5",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "America/Argentina/Buenos_Aires",
    "America/Port-au-Prince",
    "Africa/Dar_es_Salaam",
    "Antarctica/DumontDUrville",
  ])("%s is a time zone", (location) => expect(() => parseInterval({ location })).not.toThrow());

  test("15:-13 is accepted: it runs forwards in the shortest month too", () => {
    expect(() => parseInterval({ days_of_month: ["15:-13"] })).not.toThrow();
  });
});

describe("where clocks are put forward and back", () => {
  const openMinutes = (start_time: string, end_time: string, day: string): number => {
    const interval = parseInterval({ times: [{ start_time, end_time }], location: "Europe/Berlin" });
    const midnight = Date.parse(`${day}T00:00:00Z`) - 2 * 3_600_000;
    return Array.from({ length: 8 * 60 }, (_, minute) => contains(interval, midnight + minute * 60_000)).filter(Boolean)
      .length;
  };

  test.each([
    ["01:30", "03:30", [120, 60, 180]],
    ["02:00", "03:00", [60, 0, 120]],
  ])("a window from %s to %s in Berlin is open for %j minutes", (start, end, minutes) => {
    expect(["2026-03-28", "2026-03-29", "2026-10-25"].map((day) => openMinutes(start, end, day))).toEqual(minutes);
  });
});
