import type { Incident } from "@holdfast/schemas";
import { openAbsence } from "./absence.ts";
import type { Triage } from "./triage.ts";
import { closings, merge, unlisted } from "./incidents.ts";
import { keyOf, type State } from "./state.ts";

/** Alertmanager is asked no more often than this. */
const SWEEP_MS_MAX = 10_000;
/** An alert that was never seen listed waits so many times as long as the end of an incident is confirmed. */
const PATIENCE = 10;

/** What time alone makes due: incidents that are over, alerts that ended unsaid, and what was opened twice. */
export function openSweep(
  { firing, now, noted, pace }: Pick<Triage, "firing" | "now" | "noted" | "pace">,
  state: State,
  settle: (events: readonly Incident[]) => Promise<void>,
): (signal: AbortSignal) => Promise<void> {
  let sweeping = false;
  const absence = openAbsence(pace.confirmMs * PATIENCE);
  let sweptAt = -Infinity;
  return async (signal) => {
    const open = [...state.open()];
    if (sweeping || signal.aborted || open.length === 0 || now() < sweptAt + Math.min(SWEEP_MS_MAX, pace.confirmMs / 4))
      return;
    sweeping = true;
    sweptAt = now();
    try {
      for (const key of new Set(open.map(({ correlation }) => keyOf(correlation))))
        if (state.withKey(key).length > 1) await settle(merge(state, key, now()));
      const current = await firing?.(signal);
      if (current !== undefined) await settle(unlisted(state, absence(fingerprintsOf(state), current, now()), now()));
      await settle(closings(state, now(), pace.confirmMs, current));
    } catch (cause) {
      if (!signal.aborted) noted({ kind: "failed", doing: "close what is over", cause });
    } finally {
      sweeping = false;
    }
  };
}

function fingerprintsOf(state: State): readonly string[] {
  return [...state.open()].flatMap(({ members }) => [...members.keys()]);
}
