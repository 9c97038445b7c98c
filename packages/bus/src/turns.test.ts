import { expect, test } from "vitest";
import { openTurns } from "./turns.ts";

test("a suspect waits for those who run, and holds back those who come, other suspects too", async () => {
  const turns = openTurns(60_000);
  const told: string[] = [];
  const enter = async (who: string, alone: boolean): Promise<() => void> => {
    const leave = await turns.enter(alone);
    told.push(who);
    return leave;
  };
  const first = await enter("first", false);
  const suspects = [enter("suspect", true), enter("second suspect", true)];
  const late = enter("late", false);
  await new Promise((resolve) => setImmediate(resolve));
  expect(told).toEqual(["first"]);
  first();
  (await suspects[0])?.();
  expect(told).toEqual(["first", "suspect"]);
  (await suspects[1])?.();
  (await late)();
  expect(told).toEqual(["first", "suspect", "second suspect", "late"]);
});

test("nobody waits for ever", async () => {
  const turns = openTurns(10);
  await turns.enter(false);
  await turns.enter(true);
  await turns.enter(false);
});
