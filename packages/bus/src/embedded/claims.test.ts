import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { LEASE_MS, openClaims, type Claims } from "./claims.ts";
import { openStore } from "./store.ts";

function members(exclusive: boolean, ...names: string[]): readonly Claims[] {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bus-"));
  const store = openStore(join(folder, "bus.sqlite"), 6);
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => {
    vi.useRealTimers();
    store.close();
    rmSync(folder, { recursive: true });
  });
  return names.map((name) => openClaims(store, { name: "g", topics: ["alerts"], exclusive }, name, 6, () => undefined));
}

const held = (claims: Claims | undefined, giveUp: readonly number[] = []): readonly number[] =>
  [...(claims?.renew(giveUp).fences.keys() ?? [])].toSorted((a, b) => a - b);

test("who comes first to an exclusive group has all of it, as long as it renews", () => {
  const [one, two] = members(true, "one", "two");
  expect(held(one)).toEqual([0, 1, 2, 3, 4, 5]);
  for (let turn = 0; turn < 5; turn++) {
    vi.advanceTimersByTime(LEASE_MS / 2);
    expect(held(two)).toEqual([]);
    expect(held(one)).toEqual([0, 1, 2, 3, 4, 5]);
  }
});

test("a lease that was given back is free at once", () => {
  const [one, two] = members(true, "one", "two");
  held(one);
  expect(held(two)).toEqual([]);
  expect(two?.isFree()).toBe(false);
  one?.release();
  expect(two?.isFree()).toBe(true);
  expect(held(two)).toEqual([0, 1, 2, 3, 4, 5]);
});

test("a lease that ran out is taken with a higher fence, and its last owner holds nothing", () => {
  const [one, two] = members(true, "one", "two");
  const before = one?.renew([]).fences.get(3);
  vi.advanceTimersByTime(LEASE_MS);
  expect(one?.stillHolds(3)).toBe(true);
  expect(two?.renew([]).fences.get(3)).toBe((before ?? 0) + 1);
  expect(one?.stillHolds(3)).toBe(false);
  expect(held(one)).toEqual([]);
});

test("a standby knows when the lease runs out", () => {
  const [one, two] = members(true, "one", "two");
  held(one);
  vi.advanceTimersByTime(LEASE_MS - 100);
  expect(two?.renew([]).lookAgainInMs).toBe(105);
});

test("a lease from the future binds nobody: the clock was set back", () => {
  const [one, two] = members(true, "one", "two");
  held(one);
  vi.setSystemTime(Date.now() - 3_600_000);
  expect(held(two)).toEqual([0, 1, 2, 3, 4, 5]);
});

test("members of a shared group divide the partitions, once the first has given back what is beyond its share", () => {
  const [one, two] = members(false, "one", "two");
  expect(held(one)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(held(two)).toEqual([]);
  const beyond = one?.renew([]).beyondShare ?? [];
  expect(beyond).toEqual([1, 3, 5]);
  expect(held(one, beyond)).toEqual([0, 2, 4]);
  expect(held(two)).toEqual([1, 3, 5]);
  one?.release();
  expect(held(two)).toEqual([0, 1, 2, 3, 4, 5]);
});
