import { stepId } from "@holdfast/schemas";
import type { OpenIncident } from "./state.ts";

/** A step of an investigation that is not published yet, and from when it may be taken. */
export type Wanted = { readonly id: string; readonly readyAt: number; readonly again: boolean };

export type Pace = { readonly debounceMs: number; readonly coolDownMs: number };

/** What cannot be judged yet, because the failure has just begun, is looked at again after these times. */
const AGAIN_MS = [3_000, 5_000, 10_000, 20_000, 40_000, 60_000, 120_000, 300_000];

/**
 * The event that calls for an investigation: the opening, or the first alert of its name that came after the analysis
 * before. Alerts that came while it ran, or of names that it knew, have been looked at.
 */
export function causeOf({ id, novelties, analyses }: OpenIncident): string {
  let cause = stepId(id, "opened");
  for (const { event, time } of novelties.toSorted((a, b) => a.time - b.time)) {
    const analysis = analyses.get(signatureStep(cause));
    if (analysis !== undefined && analysis.time < time) cause = event;
  }
  return cause;
}

/** @param looks how often this incident has been looked at again in vain. */
export function wantedSignatures(incident: OpenIncident, { debounceMs }: Pace, looks: number): Wanted | undefined {
  const cause = causeOf(incident);
  const first = incident.analyses.get(signatureStep(cause));
  if (first === undefined) return { id: signatureStep(cause), readyAt: incident.openedAt + debounceMs, again: false };
  const again = stepId(cause, "analysis/signatures/again");
  const pause = AGAIN_MS[looks];
  if (first.outcome !== "nothing" || incident.target === null || incident.analyses.has(again) || pause === undefined) return undefined;
  return { id: again, readyAt: first.time + AGAIN_MS.slice(0, looks).reduce((sum, ms) => sum + ms, pause), again: true };
}

/** The deeper analysis comes after the fast one; a cool-down delays only a second one. */
export function wantedDeep(incident: OpenIncident, { coolDownMs }: Pace): Wanted | undefined {
  const cause = causeOf(incident);
  const id = stepId(cause, "analysis/claude");
  const fast = incident.analyses.get(signatureStep(cause));
  if (fast === undefined || incident.analyses.has(id)) return undefined;
  const earlier = [...incident.analyses.values()].filter(({ analyst }) => analyst === "claude").map(({ time }) => time);
  return { id, readyAt: earlier.length === 0 ? fast.time : Math.max(...earlier) + coolDownMs, again: false };
}

function signatureStep(cause: string): string {
  return stepId(cause, "analysis/signatures");
}
