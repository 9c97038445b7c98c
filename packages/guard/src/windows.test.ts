import { describe, expect, test } from "vitest";

import { openWindows } from "./windows.ts";
import type { Target } from "./windows.ts";

const SKEW = 30;
const SHOP: Target = { env: "prod", cluster: "eu1", namespace: "shop" };
const NODE: Target = { env: "prod", cluster: "eu1" };

const FILE = `
windows:
- name: night
  selector: { env: prod, cluster: eu1, namespaces: [shop] }
  time_intervals:
  - times: [{ start_time: "22:00", end_time: "24:00" }]
  - times: [{ start_time: "00:00", end_time: "02:00" }]
- name: upgrade
  selector: { cluster: eu1 }
  absolute: [{ from: "2026-12-01T22:00:30+01:00", to: "2026-12-01T23:00:30+01:00" }]
freezes:
- name: year-end
  selector: { env: prod }
  absolute: [{ from: "2026-12-18T00:30:10Z", to: "2027-01-04T06:00:00Z" }]
- name: staging-only
  selector: { env: staging, namespaces: [orders] }
  time_intervals: [{ years: ["2030"] }]
`;

const WINDOWS = openWindows(FILE, SKEW);
const during = (target: Target, from: string, to = from): Target & { from: number; to: number } => ({
  ...target,
  from: Date.parse(from),
  to: Date.parse(to),
});

describe("a window", () => {
  test("is open from its start to before its end, with the margin at both ends", () => {
    const at = (moment: string): boolean => WINDOWS.inMaintenance(during(SHOP, moment));
    expect(at("2026-11-22T22:00:29.999Z")).toBe(false);
    expect(at("2026-11-22T22:00:30Z")).toBe(true);
    expect(at("2026-11-23T01:59:29.999Z")).toBe(true);
    expect(at("2026-11-23T01:59:30Z")).toBe(false);
  });

  test("is open over midnight when two entries meet there", () => {
    expect(WINDOWS.inMaintenance(during(SHOP, "2026-11-22T23:30:00Z", "2026-11-23T00:30:00Z"))).toBe(true);
  });

  test("must be open without a gap for as long as the change may take", () => {
    expect(WINDOWS.inMaintenance(during(SHOP, "2026-11-22T01:50:00Z", "2026-11-22T01:59:29Z"))).toBe(true);
    expect(WINDOWS.inMaintenance(during(SHOP, "2026-11-22T01:50:00Z", "2026-11-22T01:59:31Z"))).toBe(false);
    expect(WINDOWS.inMaintenance(during(SHOP, "2026-11-22T01:50:00Z", "2026-11-22T22:10:00Z"))).toBe(false);
  });

  test("for one occasion is open between its two moments, to the millisecond", () => {
    const at = (moment: string): boolean => WINDOWS.inMaintenance(during(NODE, moment));
    expect(at("2026-12-01T21:00:59.999Z")).toBe(false);
    expect(at("2026-12-01T21:01:00Z")).toBe(true);
    expect(at("2026-12-01T21:59:59.999Z")).toBe(true);
    expect(at("2026-12-01T22:00:00Z")).toBe(false);
  });

  test("is for what its selector names: another cluster, namespace or environment is closed, and so is a node where namespaces are named", () => {
    const moment = "2026-11-22T23:00:00Z";
    expect(WINDOWS.inMaintenance(during(SHOP, moment))).toBe(true);
    for (const other of [
      { ...SHOP, env: "dev" as const },
      { ...SHOP, cluster: "eu2" },
      { ...SHOP, namespace: "orders" },
      NODE,
    ])
      expect(WINDOWS.inMaintenance(during(other, moment))).toBe(false);
  });

  test("is closed for a time that is no time, runs backwards or never ends", () => {
    const always = openWindows("windows: [{ name: always, selector: {}, time_intervals: [{}] }]\nfreezes: []", SKEW);
    const now = Date.parse("2026-11-22T23:00:00Z");
    expect(always.inMaintenance({ ...SHOP, from: now, to: now })).toBe(true);
    for (const [from, to] of [
      [Number.NaN, now],
      [now, Number.NaN],
      [now, now - 1],
      [now, now + 90_000_000],
      [now, Number.POSITIVE_INFINITY],
    ] as const) {
      expect(always.inMaintenance({ ...SHOP, from, to })).toBe(false);
      expect(always.inFreeze({ ...SHOP, from, to })).toBe(true);
    }
  });
});

describe("a freeze", () => {
  test("covers any moment of the change, with the margin at both ends", () => {
    const frozen = (from: string, to = from): boolean => WINDOWS.inFreeze(during(SHOP, from, to));
    expect(frozen("2026-12-18T00:29:40Z")).toBe(true);
    expect(frozen("2026-12-18T00:29:39.999Z")).toBe(false);
    expect(frozen("2026-12-18T00:20:00Z", "2026-12-18T00:29:50Z")).toBe(true);
    expect(frozen("2027-01-04T06:00:29.999Z")).toBe(true);
    expect(frozen("2027-01-04T06:00:30Z")).toBe(false);
  });

  test("that begins and ends inside the change is seen", () => {
    const blink = openWindows(
      `windows: []\nfreezes: [{ name: blink, selector: {}, absolute: [{ from: "2026-11-22T10:00:10Z", to: "2026-11-22T10:00:11Z" }] }]`,
      0,
    );
    expect(blink.inFreeze(during(SHOP, "2026-11-22T10:00:05Z", "2026-11-22T10:00:15Z"))).toBe(true);
    expect(blink.inFreeze(during(SHOP, "2026-11-22T10:00:11Z", "2026-11-22T10:00:15Z"))).toBe(false);
  });

  test("of a namespace or of a lesser environment also holds what may touch it from above", () => {
    const moment = "2030-05-05T05:05:00Z";
    expect(WINDOWS.inFreeze(during(NODE, moment))).toBe(true);
    expect(WINDOWS.inFreeze(during({ env: "dev", cluster: "eu1" }, moment))).toBe(false);
    expect(WINDOWS.inFreeze(during({ env: "staging", cluster: "eu1", namespace: "orders" }, moment))).toBe(true);
    expect(WINDOWS.inFreeze(during({ env: "staging", cluster: "eu1", namespace: "shop" }, moment))).toBe(false);
  });
});

describe("the end of an open window", () => {
  const end = (target: Target, moment: string): string | undefined => {
    const at = WINDOWS.windowEnd({ ...target, at: Date.parse(moment) });
    return at === undefined ? undefined : new Date(at).toISOString();
  };

  test("is the first moment at which it is closed, over midnight where two entries meet", () => {
    expect(end(SHOP, "2026-11-22T23:10:20Z")).toBe("2026-11-23T02:00:00.000Z");
    expect(end(NODE, "2026-12-01T21:10:00Z")).toBe("2026-12-01T22:00:30.000Z");
  });

  test("is the beginning of a freeze, which wins", () => {
    expect(end(SHOP, "2026-12-17T23:10:00Z")).toBe("2026-12-18T00:30:10.000Z");
    expect(end(SHOP, "2026-12-20T23:10:00Z")).toBe("2026-12-20T23:10:00.000Z");
  });

  test("is absent where no window is open", () => {
    expect(end(SHOP, "2026-11-22T12:00:00Z")).toBeUndefined();
  });

  test("is looked for over thirty days and no further", () => {
    const always = openWindows("windows: [{ name: always, selector: {}, time_intervals: [{}] }]\nfreezes: []", SKEW);
    expect(always.windowEnd({ ...SHOP, at: 0 })).toBe(30 * 86_400_000);
  });
});

describe("a file in doubt is refused", () => {
  const window = (body: string): string => `windows: [{ name: w, ${body} }]\nfreezes: []`;
  test.each([
    ["", "must be a map"],
    ["windows: []", 'the key "freezes" is missing'],
    ["freezes: []", 'the key "windows" is missing'],
    ["windows:\nfreezes: []", "must be a list"],
    ["windows: []\nwindows: []\nfreezes: []", "line 2"],
    ["windows: []\nfreezes: []\n---\nwindows: []", "document"],
    ["%YAML 1.1\n---\nwindows: []\nfreezes: []", "a %YAML directive"],
    [window("selector: {}"), "says no time"],
    [window("time_intervals: [{}]"), 'the key "selector" is missing'],
    [window("selector: { environment: prod }, time_intervals: [{}]"), 'the key "environment" is unknown'],
    [window("selector: { env: production }, time_intervals: [{}]"), "must be one of dev, staging, prod"],
    [window("selector: { namespaces: [] }, time_intervals: [{}]"), "empty list"],
    [window("selector: {}, time_intervals: []"), "empty list"],
    [window("selector: {}, time_intervals: [{ location: Local }]"), "windows[0].time_intervals[0].location"],
    [window("selector: {}, times: []"), 'the key "times" is unknown'],
    [
      window('selector: {}, absolute: [{ from: "2026-12-01T22:00:00", to: "2026-12-02T02:00:00Z" }]'),
      "Write it with its offset",
    ],
    [
      window('selector: {}, absolute: [{ from: "2026-02-30T22:00:00Z", to: "2026-12-02T02:00:00Z" }]'),
      "is not a moment",
    ],
    [
      window('selector: {}, absolute: [{ from: "2026-12-01T25:00:00Z", to: "2026-12-02T02:00:00Z" }]'),
      "is not a moment",
    ],
    [
      window('selector: {}, absolute: [{ from: "2026-12-02T02:00:00Z", to: "2026-12-02T03:00:00+01:00" }]'),
      "not after the start",
    ],
    [
      "windows: [{ name: w, selector: {}, time_intervals: [{}] }, { name: w, selector: {}, time_intervals: [{}] }]\nfreezes: []",
      "is taken",
    ],
  ])("%j", (text, why) => {
    expect(() => openWindows(text, SKEW)).toThrow(why);
  });
});
