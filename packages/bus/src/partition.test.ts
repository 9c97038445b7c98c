import { expect, test } from "vitest";
import { murmur2, partitionOf } from "./partition.ts";

test.each([
  ["21", -973932308],
  ["foobar", -790332482],
  ["a-little-bit-long-string", -985981536],
  ["a-little-bit-longer-string", -1486304829],
  ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
  ["abc", 479470107],
])("murmur2 of %s is Kafka's own vector", (text, hash) => {
  expect(murmur2(Buffer.from(text))).toBe(hash);
});

test("a key has one partition, and many keys use all of them", () => {
  const used = new Set(Array.from({ length: 200 }, (_, index) => partitionOf(`incident-${index}`, 6)));
  expect(used).toEqual(new Set([0, 1, 2, 3, 4, 5]));
  expect(partitionOf("incident-1", 6)).toBe(partitionOf("incident-1", 6));
});
