import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "./executor.ts";

/** The two clocks of this process. */
export const processClock: Clock = {
  wall: Date.now,
  monotonic: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, { signal }),
};
