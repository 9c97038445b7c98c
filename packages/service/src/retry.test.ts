import { expect, test } from "vitest";
import { openLog } from "./log.ts";
import { retrying, sleep, within } from "./retry.ts";

const log = openLog({ service: "test", level: "error", to: { write: () => undefined } });

test("what fails is tried again until it succeeds", async () => {
  let tries = 0;
  const attempt = async (): Promise<number> => {
    tries += 1;
    if (tries < 4) throw new Error("not yet");
    return tries;
  };
  expect(await retrying("do it", attempt, { signal: new AbortController().signal, log, firstMs: 1 })).toBe(4);
});

test("a stop ends the trying with the reason of the stop", async () => {
  const stop = new AbortController();
  const attempt = async (): Promise<never> => {
    stop.abort(new Error("enough"));
    throw new Error("not yet");
  };
  await expect(retrying("do it", attempt, { signal: stop.signal, log })).rejects.toThrow("enough");
});

test("sleep hears the stop, before it begins and while it lasts", async () => {
  const stop = new AbortController();
  const asleep = sleep(60_000, stop.signal);
  stop.abort(new Error("wake"));
  await expect(asleep).rejects.toThrow("wake");
  await expect(sleep(0, stop.signal)).rejects.toThrow("wake");
});

test("work that takes too long is refused with the sentence, and hears it", async () => {
  let heard = false;
  const work = async (signal: AbortSignal): Promise<void> => {
    signal.addEventListener("abort", () => (heard = true));
    await sleep(60_000, signal);
  };
  await expect(within(5, "It took too long.", work)).rejects.toThrow("It took too long.");
  expect(heard).toBe(true);
});
