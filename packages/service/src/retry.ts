import { setTimeout as wait } from "node:timers/promises";
import type { Log } from "./log.ts";

const FIRST_MS = 200;
const MOST_MS = 30_000;
const LOUD_AFTER = 3;

/** Rejects with the signal's reason when it is stopped. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await wait(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}

type Persistence = {
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly firstMs?: number;
  readonly mostMs?: number;
};

/** Tries without end, with growing pauses, until it succeeds or is stopped. `what` completes "could not …". */
export async function retrying<T>(
  what: string,
  attempt: (signal: AbortSignal) => Promise<T>,
  { signal, log, firstMs = FIRST_MS, mostMs = MOST_MS }: Persistence,
): Promise<T> {
  for (let failures = 0; ; failures += 1) {
    signal.throwIfAborted();
    try {
      return await attempt(signal);
    } catch (error) {
      signal.throwIfAborted();
      const pauseMs = Math.min(mostMs, firstMs * 2 ** failures);
      log[failures < LOUD_AFTER ? "info" : "warn"](`could not ${what}, trying again`, { error, pauseMs });
      await sleep(pauseMs, signal);
    }
  }
}

/** Rejects with `sentence` when the work takes longer; the work then hears its signal. */
export async function within<T>(ms: number, sentence: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error(sentence)), ms);
  try {
    return await Promise.race([work(late.signal), refusal(late.signal)]);
  } finally {
    clearTimeout(timer);
  }
}

function refusal(signal: AbortSignal): Promise<never> {
  return new Promise((_, failed) => {
    signal.addEventListener("abort", () => failed(signal.reason));
  });
}
