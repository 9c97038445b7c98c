import type { Bundle } from "@holdfast/schemas";
import type { Executor } from "./executor.ts";
import type { Outcome } from "./outcome.ts";
import { settle } from "./settle.ts";
import { withoutEnd } from "./without-end.ts";

/**
 * Somebody claimed this proposal and may still be at it, or died on the way. Once nobody can act on the claim any more, the
 * cluster itself is asked whether the change is there. No effect is ever tried a second time.
 */
export async function reconcile(
  executor: Executor,
  { allowed: { plan } }: Bundle,
  signal: AbortSignal,
): Promise<Outcome> {
  const { catalogue, clock, patience, reader } = executor;
  const seen = clock.monotonic();
  while (clock.monotonic() - seen < patience.reconcileMs)
    await clock.sleep(Math.min(patience.pollMs, patience.reconcileMs), signal);
  const action = catalogue.get(plan.action);
  if (action === undefined)
    return {
      state: "unknown",
      because: `this executor has no action called ${plan.action}, so it cannot tell whether it happened`,
    };
  const landed = await withoutEnd(
    executor,
    "whether the change is there",
    () => action.landed(plan, reader, signal),
    signal,
  );
  switch (landed) {
    case "yes":
      return settle(executor, action, plan, undefined, signal);
    case "no":
      return { state: "refused", because: "stopped before acting: the change is not there" };
    case "cannot-tell":
      return {
        state: "unknown",
        because:
          "an executor claimed it and stopped, and the object has changed since: look at it before anything else is done",
      };
  }
}
