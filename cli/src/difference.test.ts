import { expect, test } from "vitest";
import { differencesOf } from "./difference.ts";

const [first, second] = [
  { name: "migrate", image: "m:1" },
  { name: "seed", image: "s:1" },
];
const within = (...initContainers: readonly unknown[]): unknown => ({ spec: { initContainers } });

test("the same things in another order are a change", () => {
  expect(differencesOf(within(first, second), within(second, { ...first, image: "m:2" }))).toEqual([
    { field: "spec.initContainers (order)", from: "migrate, seed", to: "seed, migrate" },
    { field: "spec.initContainers[migrate].image", from: "m:1", to: "m:2" },
  ]);
});

test("a thing more or less moves no other", () => {
  expect(differencesOf(within(first, second), within(second)).map(({ field }) => field)).toEqual([
    "spec.initContainers[migrate].name",
    "spec.initContainers[migrate].image",
  ]);
});

test("what is empty is there, and what is null is not", () => {
  const volume = (emptyDir: unknown): unknown => ({ volumes: [{ name: "work", emptyDir }] });
  expect(differencesOf(volume(null), volume({}))).toEqual([
    { field: "volumes[work].emptyDir", from: "(absent)", to: "{}" },
  ]);
});
