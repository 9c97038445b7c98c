import { fieldsOf, filledListOf, textOf } from "./strict-yaml.ts";
import { clockIn } from "./wall-clock.ts";
import type { ReadClock } from "./wall-clock.ts";

type Range = { readonly from: number; readonly to: number };

/** One element of Alertmanager's `time_intervals`: the fields are AND-ed, the entries of a field OR-ed, a missing field is any. */
export type Interval = {
  /** Minutes since midnight, the end exclusive. */
  readonly times: readonly Range[] | undefined;
  readonly weekdays: readonly Range[] | undefined;
  /** Negative days count from the end of the month: -1 is its last day. */
  readonly daysOfMonth: readonly Range[] | undefined;
  readonly months: readonly Range[] | undefined;
  readonly years: readonly Range[] | undefined;
  readonly clock: ReadClock;
};

const WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const MONTHS = [
  "january",
  "february",
  "march",
  "april",
  "may",
  "june",
  "july",
  "august",
  "september",
  "october",
  "november",
  "december",
];
const SHORTEST_MONTH = 28;

export function parseInterval(value: unknown, where = "interval"): Interval {
  const keys = ["times", "weekdays", "days_of_month", "months", "years", "location"];
  const fields = fieldsOf(value, where, { required: [], optional: keys });
  const ranges = (key: string, parse: (entry: unknown, where: string) => Range): readonly Range[] | undefined => {
    if (!fields.has(key)) return undefined;
    return filledListOf(fields.get(key), `${where}.${key}`).map((entry, at) => parse(entry, `${where}.${key}[${at}]`));
  };
  return {
    times: ranges("times", timesOf),
    weekdays: ranges("weekdays", weekdaysOf),
    daysOfMonth: ranges("days_of_month", daysOf),
    months: ranges("months", monthsOf),
    years: ranges("years", yearsOf),
    clock: clockIn(
      fields.has("location") ? textOf(fields.get("location"), `${where}.location`) : "UTC",
      `${where}.location`,
    ),
  };
}

/** Is it open at this instant? (Unix milliseconds.) Nothing else is asked of a window: "when does it start" has no single answer where clocks change. */
export function contains(interval: Interval, at: number): boolean {
  const { year, month, day, daysInMonth, weekday, minute } = interval.clock(at);
  const within = (ranges: readonly Range[] | undefined, value: number): boolean =>
    ranges === undefined || ranges.some(({ from, to }) => value >= from && value <= to);
  return (
    (interval.times === undefined || interval.times.some(({ from, to }) => minute >= from && minute < to)) &&
    within(interval.weekdays, weekday) &&
    (interval.daysOfMonth === undefined || interval.daysOfMonth.some((range) => hasDay(range, day, daysInMonth))) &&
    within(interval.months, month) &&
    within(interval.years, year)
  );
}

/** Both ends are clamped to the month by the comparison itself; a range that begins after the month's end has no day in it. */
function hasDay({ from, to }: Range, day: number, daysInMonth: number): boolean {
  const actual = (bound: number): number => (bound < 0 ? daysInMonth + bound + 1 : bound);
  return day >= actual(from) && day <= actual(to);
}

function timesOf(value: unknown, where: string): Range {
  const fields = fieldsOf(value, where, { required: ["start_time", "end_time"] });
  const from = minuteOf(fields.get("start_time"), `${where}.start_time`);
  const to = minuteOf(fields.get("end_time"), `${where}.end_time`);
  if (from >= to)
    throw new Error(
      `${where}: the end is not after the start. A window over midnight is written as two entries: one until "24:00", one from "00:00" on the next day.`,
    );
  return { from, to };
}

function minuteOf(value: unknown, where: string): number {
  const text = textOf(value, where);
  if (!/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/.test(text))
    throw new Error(`${where}: "${text}" is not a time of day. Write HH:MM from "00:00" to "24:00", two digits each.`);
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
}

function weekdaysOf(value: unknown, where: string): Range {
  const range = rangeOf(
    value,
    where,
    (text) => indexIn(WEEKDAYS, text) ?? refuse(`${where}: "${text}" is not a weekday. Write its full English name.`),
  );
  if (range.from > range.to)
    throw new Error(`${where}: the week begins on Sunday, and a range does not wrap around it. Write two entries.`);
  return range;
}

function monthsOf(value: unknown, where: string): Range {
  const range = rangeOf(value, where, (text) => {
    const named = indexIn(MONTHS, text);
    if (named !== undefined) return named + 1;
    return /^([1-9]|1[0-2])$/.test(text)
      ? Number(text)
      : refuse(`${where}: "${text}" is not a month. Write its full English name, or 1 to 12.`);
  });
  if (range.from > range.to)
    throw new Error(`${where}: a range of months does not wrap around the year. Write two entries.`);
  return range;
}

function yearsOf(value: unknown, where: string): Range {
  const range = rangeOf(value, where, (text) =>
    /^\d{4}$/.test(text) ? Number(text) : refuse(`${where}: "${text}" is not a year. Write four digits.`),
  );
  if (range.from > range.to) throw new Error(`${where}: the range of years runs backwards.`);
  return range;
}

function daysOf(value: unknown, where: string): Range {
  const range = rangeOf(value, where, (text) =>
    /^-?([1-9]|[12]\d|3[01])$/.test(text)
      ? Number(text)
      : refuse(`${where}: "${text}" is not a day of the month. Write 1 to 31, or -1 to -31 counted from its end.`),
  );
  if (range.from < 0 && range.to > 0)
    throw new Error(`${where}: a range that begins at a day counted from the month's end must end at one.`);
  // Judged by the shortest month, so that what is accepted has the same order in every month.
  const least = (bound: number): number => (bound < 0 ? SHORTEST_MONTH + bound : bound);
  if (least(range.from) > least(range.to))
    throw new Error(`${where}: in a month of ${SHORTEST_MONTH} days this range runs backwards. Write two entries.`);
  return range;
}

function rangeOf(value: unknown, where: string, bound: (text: string) => number): Range {
  const [from, to = from, ...more] = textOf(value, where).split(":");
  if (from === undefined || to === undefined || more.length > 0)
    throw new Error(`${where}: write one value, or two as "a:b".`);
  return { from: bound(from), to: bound(to) };
}

function indexIn(names: readonly string[], text: string): number | undefined {
  const at = names.indexOf(text.toLowerCase());
  return at === -1 ? undefined : at;
}

function refuse(sentence: string): never {
  throw new Error(sentence);
}
