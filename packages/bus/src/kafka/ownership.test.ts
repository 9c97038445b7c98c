import { expect, test } from "vitest";
import type { Next } from "../port.ts";
import type { TopicPartition } from "../topic-partition.ts";
import { openOwnership, type Ownership } from "./ownership.ts";

const [A, B, C]: readonly [TopicPartition, TopicPartition, TopicPartition] = [
  { topic: "alerts", partition: 0 },
  { topic: "alerts", partition: 1 },
  { topic: "incidents", partition: 1 },
];

type Bench = {
  readonly ownership: Ownership;
  /** What the member was told, step by step: the partitions that it owns, with their positions. */
  readonly told: string[];
  /** Answers the question for positions that was asked at this time, from 0. */
  readonly answer: (question: number) => Promise<void>;
  /** Says instead that nobody wants to know any more. */
  readonly giveUp: (question: number) => Promise<void>;
  readonly begun: string[];
};

function bench(): Bench {
  const questions: {
    readonly partitions: readonly TopicPartition[];
    readonly answer: (positions: readonly Next[] | undefined) => void;
  }[] = [];
  const [told, begun]: [string[], string[]] = [[], []];
  const say = (positions: readonly Next[]): string =>
    positions.map(({ topic, partition, offset }) => `${topic}/${partition}@${offset}`).join(" ");
  const ownership = openOwnership(
    async (positions) => void told.push(say(positions)),
    (partitions) => new Promise((answer) => questions.push({ partitions, answer })),
    (positions) => void begun.push(say(positions)),
  );
  const answer = async (question: number): Promise<void> => {
    const { partitions, answer: give } = questions[question] ?? { partitions: [], answer: () => undefined };
    give(partitions.map((partition, index) => ({ ...partition, offset: 10 * question + index })));
    await new Promise((resolve) => setImmediate(resolve));
  };
  const giveUp = async (question: number): Promise<void> => {
    questions[question]?.answer(undefined);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { ownership, told, begun, answer, giveUp };
}

test("nothing that is new is owned before its position is known", async () => {
  const { ownership, told, begun, answer } = bench();
  const becoming = ownership.become([A, B]);
  expect([ownership.has(A), told]).toEqual([false, []]);
  await answer(0);
  await becoming;
  expect([ownership.has(A), told, begun]).toEqual([true, ["alerts/0@0 alerts/1@1"], ["alerts/0@0 alerts/1@1"]]);
});

test("what goes is lost at once, and what stays goes on without being asked for again", async () => {
  const { ownership, told, begun, answer } = bench();
  void ownership.become([A, B]);
  await answer(0);
  void ownership.become([B, C]);
  expect([ownership.has(A), ownership.has(B), ownership.has(C)]).toEqual([false, true, false]);
  expect(told.at(-1)).toBe("alerts/1@1");
  await answer(1);
  expect(told.at(-1)).toBe("alerts/1@1 incidents/1@10");
  expect(begun.at(-1)).toBe("incidents/1@10");
});

test("an answer that comes after the next assignment means nothing", async () => {
  const { ownership, told, answer } = bench();
  void ownership.become([A]);
  void ownership.become([]);
  await answer(0);
  expect([ownership.has(A), told]).toEqual([false, []]);
});

test("a member that closes while it waits for positions is told of nothing", async () => {
  const { ownership, told, begun, giveUp } = bench();
  void ownership.become([A]);
  await giveUp(0);
  expect([ownership.has(A), told, begun]).toEqual([false, [], []]);
});

test("a member claims the partition numbers that it owns, and nothing while it owns nothing", async () => {
  const { ownership, answer } = bench();
  expect(ownership.claim().partitions).toEqual([]);
  void ownership.become([A, B, C]);
  await answer(0);
  expect(ownership.claim().partitions).toEqual([0, 1]);
  expect(ownership.claim().since).toBeGreaterThan(0);
  void ownership.become([]);
  expect(ownership.claim().partitions).toEqual([]);
});
