import { expect, test } from "vitest";
import { changesOf } from "./changes.ts";

const [first, second] = [
  { name: "migrate", image: "m:1" },
  { name: "seed", image: "s:1" },
];

test("the same things in another order are a change", () => {
  expect(changesOf({ initContainers: [first, second] }, { initContainers: [second, first] })).toEqual([
    { path: "initContainers (order)", before: ["migrate", "seed"], after: ["seed", "migrate"] },
  ]);
});

test("a thing more or less moves no other", () => {
  expect(changesOf([first, second], [second]).map(({ path }) => path)).toEqual(["[migrate]"]);
  expect(changesOf([second], [first, { ...second, image: "s:2" }]).map(({ path }) => path)).toEqual([
    "[seed].image",
    "[migrate]",
  ]);
});
