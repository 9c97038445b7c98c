import { expect, test } from "vitest";
import { openSchedule } from "./schedule.ts";
import { eventually } from "./testing.ts";

/** Records what started, and lets each run end when the test says so. */
function aDesk(concurrency: number) {
  const started: string[] = [];
  const endings = new Map<string, () => void>();
  const run = (key: string): Promise<void> => {
    started.push(key);
    return new Promise((done) => endings.set(key, done));
  };
  const schedule = openSchedule({ concurrency, now: Date.now, run });
  return { schedule, started, end: (key: string) => endings.get(key)?.() };
}

test("what is critical starts first, then what was ready first", async () => {
  const { schedule, started, end } = aDesk(1);
  using _closed = schedule;
  schedule.ask({ key: "running", priority: 0, readyAt: 0 });
  await eventually(() => started.length === 1, "the first one to start");
  schedule.ask({ key: "warning, later", priority: 1, readyAt: 2 });
  schedule.ask({ key: "warning, earlier", priority: 1, readyAt: 1 });
  schedule.ask({ key: "critical", priority: 0, readyAt: 3 });
  for (const key of ["running", "critical", "warning, earlier", "warning, later"]) {
    await eventually(() => started.includes(key), `${key} to start`);
    end(key);
  }
  expect(started).toEqual(["running", "critical", "warning, earlier", "warning, later"]);
});

test("no more run at once than may", async () => {
  const { schedule, started, end } = aDesk(2);
  using _closed = schedule;
  for (const key of ["a", "b", "c"]) schedule.ask({ key, priority: 0, readyAt: 0 });
  await eventually(() => started.length === 2, "two to start");
  expect([schedule.running(), schedule.waiting()]).toEqual([2, 1]);
  end("a");
  await eventually(() => started.includes("c"), "the third to start once there is room");
});

test("asked a thousand times before its time, it runs once", async () => {
  const { schedule, started } = aDesk(4);
  using _closed = schedule;
  const readyAt = Date.now() + 30;
  for (let times = 0; times < 1_000; times += 1) schedule.ask({ key: "a", priority: 1, readyAt });
  expect(schedule.waiting()).toBe(1);
  await eventually(() => started.length > 0, "it to start");
  schedule.ask({ key: "a", priority: 1, readyAt: 0 });
  expect([started, schedule.waiting()]).toEqual([["a"], 0]);
});

test("what is taken back before it starts never starts", async () => {
  const { schedule, started } = aDesk(1);
  using _closed = schedule;
  schedule.ask({ key: "gone", priority: 0, readyAt: Date.now() + 20 });
  schedule.ask({ key: "stays", priority: 0, readyAt: Date.now() + 40 });
  schedule.cancel("gone");
  await eventually(() => started.includes("stays"), "the other one to start");
  expect(started).toEqual(["stays"]);
});

test("a closed schedule starts nothing any more", async () => {
  const { schedule, started, end } = aDesk(1);
  schedule.ask({ key: "a", priority: 0, readyAt: 0 });
  schedule.ask({ key: "b", priority: 0, readyAt: 0 });
  await eventually(() => started.length === 1, "the first to start");
  schedule[Symbol.dispose]();
  end("a");
  await new Promise((resolve) => setImmediate(resolve));
  expect(started).toEqual(["a"]);
});
