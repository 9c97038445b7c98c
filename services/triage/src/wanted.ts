import { stepId } from "@holdfast/schemas";
import type { OpenIncident, Published } from "./state.ts";

/** A step of an investigation that is not published yet, and from when it may be taken. `quiet`: only what is new is worth publishing. */
export type Wanted = { readonly step: string; readonly readyAt: number; readonly quiet: boolean };

export type Pace = { readonly debounceMs: number; readonly coolDownMs: number };

/** What this process has looked at without finding anything new. A restart forgets it and looks once more. */
export type Vain = { readonly steps: ReadonlySet<string>; readonly looks: number };

/** What cannot be judged yet, because the failure has just begun, is looked at again after these times. */
const AGAIN_MS = [3_000, 5_000, 10_000, 20_000, 40_000, 60_000, 120_000, 300_000];

/**
 * One investigation an incident, and what joins it joins that one. An alert of a new name that comes after the analysis is
 * looked into, and so is, a few times, what no signature could judge at first: both are published only if they find more.
 */
export function wantedSignatures(incident: OpenIncident, { debounceMs }: Pace, vain: Vain): Wanted | undefined {
  const opening = stepId(incident.id, "opened");
  const first = incident.analyses.get(signatureStep(opening));
  if (first === undefined)
    return { step: signatureStep(opening), readyAt: incident.openedAt + debounceMs, quiet: false };
  const newest = incident.novelties.filter(({ time }) => time > first.time).toSorted((a, b) => b.time - a.time)[0];
  const step = newest && signatureStep(newest.event);
  if (newest !== undefined && step !== undefined && !incident.analyses.has(step) && !vain.steps.has(step))
    return { step, readyAt: newest.time + debounceMs, quiet: true };
  const again = stepId(opening, "analysis/signatures/again");
  const pause = AGAIN_MS[vain.looks];
  if (
    pause === undefined ||
    incident.target === null ||
    bySignatures(incident).some(({ outcome }) => outcome === "found")
  )
    return undefined;
  return {
    step: again,
    readyAt: first.time + AGAIN_MS.slice(0, vain.looks).reduce((sum, ms) => sum + ms, pause),
    quiet: true,
  };
}

/** The deeper analysis comes after each fast one that found more; a cool-down delays only a second one. */
export function wantedDeep(incident: OpenIncident, { coolDownMs }: Pace): Wanted | undefined {
  const newest = bySignatures(incident)[0];
  const step = newest && stepId(newest.id, "analysis/claude");
  if (newest === undefined || step === undefined || incident.analyses.has(step)) return undefined;
  const earlier = [...incident.analyses.values()].filter(({ analyst }) => analyst === "claude").map(({ time }) => time);
  return { step, readyAt: earlier.length === 0 ? newest.time : Math.max(...earlier) + coolDownMs, quiet: false };
}

/** Newest first. */
function bySignatures({ analyses }: OpenIncident): readonly Published[] {
  return [...analyses.values()].filter(({ analyst }) => analyst === "signatures").toSorted((a, b) => b.time - a.time);
}

function signatureStep(cause: string): string {
  return stepId(cause, "analysis/signatures");
}
