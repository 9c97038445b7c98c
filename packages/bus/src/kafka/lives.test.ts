import { expect, onTestFinished, test, vi } from "vitest";
import { NO_CLAIM } from "./assigner.ts";
import { openLives, type Hearing } from "./lives.ts";
import type { TopicPartition } from "../topic-partition.ts";

const SESSION_MS = 10_000;
const MINE: readonly TopicPartition[] = [{ topic: "alerts", partition: 0 }];
const CLAIM = { partitions: [0], since: 1 };

type Bench = {
  /** What each consumer was given to tell, in the order of their lives. */
  readonly heard: readonly Hearing[];
  readonly close: () => void;
  readonly crash: (cause: Error) => void;
  /** How many partitions the member was told that it owns. */
  readonly owned: readonly number[];
  readonly fatal: readonly string[];
  /** How loud each sentence was. */
  readonly levels: readonly string[];
};

function bench(answers: () => Promise<unknown> = async () => undefined): Bench {
  vi.useFakeTimers();
  const [heard, owned, fatal, levels]: [Hearing[], number[], string[], string[]] = [[], [], [], []];
  const closing = new AbortController();
  let crash: (cause: Error) => void = () => undefined;
  const lives = openLives({
    group: "g",
    sessionMs: SESSION_MS,
    note: (level) => void levels.push(level),
    fatal: ({ message }) => void fatal.push(message),
    closing: closing.signal,
    answers,
    own: (assigned) => void owned.push(assigned.length),
    open: (hear) => {
      heard.push(hear);
      const { promise, resolve } = Promise.withResolvers<Error>();
      crash = resolve;
      return { running: () => undefined, disconnect: async () => undefined, crashed: promise };
    },
  });
  onTestFinished(() => {
    closing.abort();
    void lives.end();
    vi.useRealTimers();
  });
  return { close: () => closing.abort(), heard, owned, fatal, levels, crash: (cause) => crash(cause) };
}

test("a member that its group has not heard for a session owns nothing, and has its work again when it is heard", async () => {
  const { heard, owned } = bench();
  heard[0]?.joined(MINE);
  await vi.advanceTimersByTimeAsync(SESSION_MS - 500);
  heard[0]?.beat();
  await vi.advanceTimersByTimeAsync(SESSION_MS - 500);
  expect(owned).toEqual([1]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(owned).toEqual([1, 0]);
  heard[0]?.beat();
  expect(owned).toEqual([1, 0, 1]);
});

test("who wakes after its session claims nothing in the very moment that it joins, before any timer has run", () => {
  const { heard, owned } = bench();
  heard[0]?.joined(MINE);
  expect(heard[0]?.joining(() => CLAIM)).toEqual(CLAIM);
  vi.setSystemTime(Date.now() + SESSION_MS + 1);
  expect(heard[0]?.joining(() => CLAIM)).toEqual(NO_CLAIM);
  expect(owned).toEqual([1, 0]);
});

test("a clock that is set back does not make a silent member believe that it was heard", async () => {
  const { heard, owned } = bench();
  heard[0]?.joined(MINE);
  vi.setSystemTime(Date.now() - 3_600_000);
  await vi.advanceTimersByTimeAsync(SESSION_MS + 500);
  expect(owned).toEqual([1, 0]);
});

test("a consumer that crashes owns nothing, and another joins in its place", async () => {
  const { heard, owned, crash, fatal } = bench();
  heard[0]?.joined(MINE);
  crash(new Error("the broker went away"));
  await vi.advanceTimersByTimeAsync(200);
  expect([owned, heard.length, fatal]).toEqual([[1, 0], 2, []]);
});

test("brokers that are away for hours never end the process", async () => {
  const { heard, crash, fatal } = bench(() => Promise.reject(new Error("nobody there")));
  for (let hour = 0; hour < 40; hour++) {
    const gone = Object.assign(new Error("Connection error: connect ECONNREFUSED"), { name: "KafkaJSConnectionError" });
    crash(gone);
    await vi.advanceTimersByTimeAsync(60_000);
  }
  expect([heard.length, fatal]).toEqual([41, []]);
});

test("a right that is taken away ends the process, with the right in the sentence", async () => {
  const { crash, fatal } = bench();
  crash(Object.assign(new Error("Not authorized to access topics"), { type: "TOPIC_AUTHORIZATION_FAILED" }));
  await vi.advanceTimersByTimeAsync(1);
  expect(fatal).toEqual([expect.stringMatching(/its group g \(TOPIC_AUTHORIZATION_FAILED.*holdfast topics apply/)]);
});

test("a group that never lets it in ends the process, though kafkajs only says that it found no coordinator", async () => {
  const { crash, fatal } = bench();
  for (let times = 0; times < 8; times++) {
    expect(fatal).toEqual([]);
    crash(Object.assign(new Error("no coordinator"), { name: "KafkaJSGroupCoordinatorNotFound" }));
    await vi.advanceTimersByTimeAsync(10_000);
  }
  expect(fatal).toHaveLength(1);
});

test("a group that its broker still loads is no trouble, unless it takes long", async () => {
  const { crash, levels } = bench();
  for (let times = 0; times < 6; times++) {
    crash(Object.assign(new Error("The coordinator is loading"), { type: "GROUP_LOAD_IN_PROGRESS" }));
    await vi.advanceTimersByTimeAsync(10_000);
  }
  expect(levels).toEqual(["info", "info", "info", "info", "info", "warn"]);
});

test("a member that was in its group and lost it says so, whatever the broker answers", async () => {
  const { crash, heard, levels } = bench();
  heard[0]?.joined(MINE);
  crash(Object.assign(new Error("The coordinator is loading"), { type: "GROUP_LOAD_IN_PROGRESS" }));
  await vi.advanceTimersByTimeAsync(1);
  expect(levels).toEqual(["warn"]);
});

test("a consumer that gives no sign for two minutes while the brokers answer ends the process", async () => {
  const { heard, fatal } = bench();
  heard[0]?.joined(MINE);
  await vi.advanceTimersByTimeAsync(119_000);
  heard[0]?.beat();
  await vi.advanceTimersByTimeAsync(119_000);
  expect(fatal).toEqual([]);
  await vi.advanceTimersByTimeAsync(31_000);
  expect(fatal).toEqual([expect.stringMatching(/not this member of the group g, for 120 s now/)]);
});

test("one that joins and crashes again and again gives signs enough", async () => {
  const { crash, fatal } = bench();
  for (let minute = 0; minute < 10; minute++) {
    await vi.advanceTimersByTimeAsync(60_000);
    crash(new Error("the broker went away"));
  }
  expect(fatal).toEqual([]);
});

test("one that waits for brokers that are away does not end it, nor when they come back while they are asked", async () => {
  let areThere = false;
  const { fatal } = bench(async () => {
    if (!areThere) throw new Error("nobody there");
  });
  await vi.advanceTimersByTimeAsync(3_600_000);
  areThere = true;
  await vi.advanceTimersByTimeAsync(89_000);
  expect(fatal).toEqual([]);
});

test("one that is heard while the brokers are asked does not", async () => {
  const { heard, fatal } = bench(async () => heard[0]?.beat());
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(fatal).toEqual([]);
});

test("one that closes does not", async () => {
  const { close, fatal } = bench();
  await vi.advanceTimersByTimeAsync(119_000);
  close();
  await vi.advanceTimersByTimeAsync(119_000);
  expect(fatal).toEqual([]);
});
