import type { Action, Check } from "@holdfast/actions";
import type { Answer } from "@holdfast/cluster";
import type { Plan } from "@holdfast/schemas";
import type { Executor } from "./executor.ts";
import type { Outcome } from "./outcome.ts";

/**
 * Watches a change that landed until it proved itself: healthy, with the same print, for the whole settling time. That the
 * alert fell silent proves nothing, and is never asked.
 */
export async function settle(
  { reader, cluster, clock, patience }: Executor,
  action: Action,
  plan: Plan,
  answer: Answer | undefined,
  signal: AbortSignal,
): Promise<Outcome> {
  const world = { cluster, now: () => new Date(clock.wall()) };
  const began = clock.monotonic();
  let healthy: { readonly print: string; readonly since: number } | undefined;
  let last: Check | undefined;
  while (clock.monotonic() - began < patience.verifyMs) {
    // What could not be read is not known to be as it was: only a reading of now can say that it settled.
    last = await action.verify(plan, reader, answer, world, signal).catch(() => undefined);
    const now = clock.monotonic();
    if (last?.outcome === "failed") return { state: "failed", because: last.says, observed: last.observed };
    if (last?.outcome === "pending") healthy = undefined;
    else if (last === undefined) signal.throwIfAborted();
    else if (healthy === undefined || healthy.print !== last.print) healthy = { print: last.print, since: now };
    else if (now - healthy.since >= patience.settleMs)
      return { state: "succeeded", because: last.says, observed: last.observed };
    await clock.sleep(patience.pollMs, signal);
  }
  const says = last === undefined ? "the cluster could not be read since" : last.says;
  return {
    state: "failed",
    because: `it was sent, and was not healthy ${Math.round(patience.verifyMs / 1000)} s later: ${says}`,
    observed: last?.observed ?? [],
  };
}
