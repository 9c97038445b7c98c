/** Spares a provider that keeps failing, and everybody who would wait for it. */
export type Breaker = { readonly isOpen: () => boolean; readonly saw: (failed: boolean) => void };

const FAILURES_MAX = 3;
const PAUSE_MS = 60_000;

export function openBreaker(now: () => number): Breaker {
  let inARow = 0;
  let failedAt = 0;
  return {
    isOpen: () => inARow >= FAILURES_MAX && now() < failedAt + PAUSE_MS,
    saw: (failed) => {
      inARow = failed ? inARow + 1 : 0;
      if (failed) failedAt = now();
    },
  };
}
