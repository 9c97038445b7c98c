import type { Executor } from "./executor.ts";

/** Asks until it is answered: what must be known before anything is said or done is never guessed. */
export async function withoutEnd<T>(
  { clock, patience, waiting }: Executor,
  what: string,
  ask: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await ask();
    } catch (cause) {
      waiting(what, cause);
      await clock.sleep(patience.pollMs, signal);
    }
  }
}
