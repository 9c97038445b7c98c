import type { Execution } from "@holdfast/schemas";

/** How an execution stands: an effect that was seen beats a refusal, a refusal beats not knowing, and anything beats started. */
const STRENGTH = { UNKNOWN: 0, started: 1, unknown: 2, refused: 3, failed: 4, succeeded: 4 } as const;

/** The execution as its records say, in offset order: a stronger one that comes later replaces a weaker one. */
export function outcomeOf(executions: readonly Execution[]): Execution | undefined {
  return executions.reduce<Execution | undefined>(
    (best, next) => (best === undefined || STRENGTH[next.state] > STRENGTH[best.state] ? next : best),
    undefined,
  );
}

/** Whether the executor is done with it, one way or another. */
export function isOutcome({ state }: Execution): boolean {
  return STRENGTH[state] > STRENGTH.started;
}
