import { expect, test } from "vitest";
import { assignerOf, evenly, exclusively, NO_CLAIM, type Claim, type Shares } from "./assigner.ts";

const ALL = [0, 1, 2, 3, 4, 5];

function share(shares: Shares, members: Readonly<Record<string, Claim>>): Readonly<Record<string, readonly number[]>> {
  return Object.fromEntries([...shares(new Map(Object.entries(members)), 6)].filter(([, own]) => own.length > 0));
}

test("one member of an exclusive group has everything", () => {
  expect(share(exclusively, { b: NO_CLAIM, a: NO_CLAIM })).toEqual({ a: ALL });
});

test("who works keeps everything when others join, whatever they are called", () => {
  expect(share(exclusively, { a: NO_CLAIM, z: { partitions: ALL, since: 5 } })).toEqual({ z: ALL });
});

test("of two that believe they have everything, the one that got it later has it", () => {
  const slept = { partitions: ALL, since: 5 };
  expect(share(exclusively, { a: slept, b: { partitions: ALL, since: 9 } })).toEqual({ b: ALL });
});

test("a shared group is divided evenly", () => {
  const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
  for (let count = 1; count <= names.length; count++) {
    const members = Object.fromEntries(names.slice(0, count).map((name) => [name, NO_CLAIM]));
    const given = share(evenly, members);
    const sizes = Object.values(given).map((own) => own.length);
    expect(
      Object.values(given)
        .flat()
        .toSorted((a, b) => a - b),
    ).toEqual(ALL);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    expect(sizes).toHaveLength(Math.min(count, 6));
  }
});

test("who joins a shared group takes no more than its part, and the rest stays where it is", () => {
  const given = share(evenly, { a: { partitions: ALL, since: 1 }, b: NO_CLAIM });
  expect(given).toEqual({ a: [0, 1, 2], b: [3, 4, 5] });
  const third = share(evenly, {
    a: { partitions: [0, 1, 2], since: 1 },
    b: { partitions: [3, 4, 5], since: 2 },
    c: NO_CLAIM,
  });
  expect(third).toEqual({ a: [0, 1], b: [3, 4], c: [2, 5] });
});

test("what a member cannot say is no claim, and every member hears of every topic alike", async () => {
  const assigner = assignerOf("x", exclusively, 6, () => ({ partitions: ALL, since: 1 }))({
    groupId: "g",
    logger: undefined as never,
    cluster: undefined as never,
  });
  const own = assigner.protocol({ topics: ["one", "two"] }).metadata;
  const given = await assigner.assign({
    members: [
      { memberId: "a", memberMetadata: Buffer.from("no metadata at all") },
      { memberId: "b", memberMetadata: own },
    ],
    topics: ["one", "two"],
  });
  expect(given.map(({ memberId }) => memberId)).toEqual(["a", "b"]);
  expect(given[0]?.memberAssignment.includes("one")).toBe(false);
  expect(given[1]?.memberAssignment.includes("one") && given[1].memberAssignment.includes("two")).toBe(true);
});
