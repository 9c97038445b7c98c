import { sleep } from "@holdfast/service";
import { LogInUseError } from "./lock.ts";

const LOOK_MS = 500;

/** Opens the log once nobody else writes it: any number of services may stand by, and one takes over when the writer ends. */
export async function standBy<T>(open: () => T, signal: AbortSignal, standing: () => void): Promise<T> {
  for (let isFirst = true; ; isFirst = false) {
    signal.throwIfAborted();
    try {
      return open();
    } catch (cause) {
      if (!(cause instanceof LogInUseError)) throw cause;
      if (isFirst) standing();
      await sleep(LOOK_MS, signal);
    }
  }
}
