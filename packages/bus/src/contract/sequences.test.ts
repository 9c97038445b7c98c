import { expect, test } from "vitest";
import { openSequences, silenceMs } from "./sequences.ts";

const bytes = (text: string): Buffer => Buffer.from(text);

test("what comes in order, and what comes again with the same bytes, is right and counted", () => {
  const sequences = openSequences("here");
  for (const count of [0, 1, 0, 1, 2]) sequences.take("k", count, bytes(`${count}`));
  sequences.take("other", 0, bytes("0"));
  expect([sequences.reached("k"), sequences.reached("other"), sequences.again()]).toEqual([3, 1, 2]);
  expect(sequences.wrongs).toEqual([]);
});

test("what comes too early, and what comes again with other bytes, is wrong", () => {
  const sequences = openSequences("here");
  sequences.take("k", 1, bytes("1"));
  sequences.take("k", 0, bytes("0"));
  sequences.take("k", 0, bytes("another"));
  expect(sequences.wrongs).toEqual(["here met 1 of k before 0", "here met 0 of k with other bytes"]);
});

test("the longest silence is that of one partition, however much the others say", () => {
  const talking = Array.from({ length: 10 }, (_, index) => ({ partition: 0, at: 100 + index * 10 }));
  const silent = [50, 110, 180, 500].map((at) => ({ partition: 1, at }));
  expect(silenceMs([...talking, ...silent], 100, 200)).toBe(70);
});
