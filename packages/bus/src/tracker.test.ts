import { expect, test } from "vitest";
import type { Raw } from "./port.ts";
import { openTracker, OUTSTANDING_BYTES_MAX, OUTSTANDING_MAX, SPAN_MAX } from "./tracker.ts";

const raw = (offset: number, bytes = 10): Raw => ({
  topic: "alerts",
  partition: 0,
  offset,
  time: 0,
  key: "k",
  value: Buffer.alloc(bytes),
  headers: [],
});
const newTracker = (offset = 0): ReturnType<typeof openTracker> =>
  openTracker({ topic: "alerts", partition: 0, offset });

test("the low watermark is the first unfinished record, else the next one", () => {
  const tracker = newTracker(5);
  for (const offset of [5, 6, 9]) tracker.accept(raw(offset), 0);
  expect(tracker.uncommitted()).toBeUndefined();
  tracker.acknowledge(6);
  expect(tracker.low()).toBe(5);
  tracker.acknowledge(5);
  expect(tracker.uncommitted()).toMatchObject({ offset: 9 });
  tracker.committed(9);
  expect(tracker.uncommitted()).toBeUndefined();
  tracker.acknowledge(9);
  expect(tracker.low()).toBe(10);
});

test("what was accepted before is known and not accepted again", () => {
  const tracker = newTracker();
  expect([tracker.accept(raw(0), 0), tracker.accept(raw(0), 0)]).toEqual(["accepted", "known"]);
});

test("it is full by number, and has room again below half", () => {
  const tracker = newTracker();
  for (let offset = 0; offset < OUTSTANDING_MAX; offset++) expect(tracker.accept(raw(offset), 0)).toBe("accepted");
  expect(tracker.accept(raw(OUTSTANDING_MAX), 0)).toBe("full");
  for (let offset = 0; offset <= OUTSTANDING_MAX / 2; offset++) {
    expect(tracker.hasRoomAgain()).toBe(false);
    tracker.acknowledge(offset);
  }
  expect([tracker.hasRoomAgain(), tracker.hasRoomAgain()]).toEqual([true, false]);
  expect(tracker.accept(raw(OUTSTANDING_MAX), 0)).toBe("accepted");
});

test("it is full by bytes, and one record that is larger still goes through", () => {
  const tracker = newTracker();
  expect(tracker.accept(raw(0, OUTSTANDING_BYTES_MAX), 0)).toBe("accepted");
  expect(tracker.accept(raw(1), 0)).toBe("full");
  tracker.acknowledge(0);
  expect(tracker.hasRoomAgain()).toBe(true);
});

test("it is full by span: a stuck record bounds what a crash delivers again", () => {
  const tracker = newTracker();
  tracker.accept(raw(0), 0);
  for (let offset = 1; offset < SPAN_MAX; offset++) {
    expect(tracker.accept(raw(offset), 0)).toBe("accepted");
    tracker.acknowledge(offset);
  }
  expect(tracker.accept(raw(SPAN_MAX), 0)).toBe("full");
});

test("losing the partition aborts the work in hand", () => {
  const tracker = newTracker();
  tracker.lose();
  expect(tracker.signal.aborted).toBe(true);
});
