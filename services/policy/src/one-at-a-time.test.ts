import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { oneAtATime } from "./one-at-a-time.ts";

test("what is about one thing comes one after the other, and other things do not wait for it", async () => {
  const inTurn = oneAtATime();
  const said: string[] = [];
  const free = Promise.withResolvers<void>();
  const first = inTurn("a", async () => {
    said.push("a begins");
    await free.promise;
    said.push("a ends");
  });
  const second = inTurn("a", async () => void said.push("a again"));
  await inTurn("b", async () => void said.push("b"));
  await setImmediate();
  expect(said).toEqual(["a begins", "b"]);
  free.resolve();
  await Promise.all([first, second]);
  expect(said).toEqual(["a begins", "b", "a ends", "a again"]);
});

test("a failure is its own caller's, and the next goes on", async () => {
  const inTurn = oneAtATime();
  const failing = inTurn("a", () => Promise.reject(new Error("no")));
  const next = inTurn("a", async () => undefined);
  await expect(failing).rejects.toThrow("no");
  await expect(next).resolves.toBeUndefined();
});
