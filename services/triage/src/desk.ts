import type { Cause } from "@holdfast/schemas";
import type { Triage } from "./triage.ts";
import { investigate, type Assignment, type Investigator } from "./investigate.ts";
import { openSchedule } from "./schedule.ts";
import type { OpenIncident, State } from "./state.ts";
import { wantedDeep, wantedSignatures } from "./wanted.ts";

const FAST_AT_ONCE = 8;
const DEEP_AT_ONCE = 2;
const FAILURE_PAUSE_MS = 5_000;
const SEVERITIES = ["critical", "warning"];

export type Desk = Disposable & { readonly consider: (incident: string) => void; readonly waiting: () => number };

/** Gives each open incident the step that it lacks: the fast one first, critical before the others. */
export function openDesk(
  triage: Triage,
  state: State,
  causeOf: (incident: string) => Cause | undefined,
  signal: AbortSignal,
): Desk {
  const { now, pace, noted, deep } = triage;
  const vain = new Map<string, { readonly steps: Set<string>; looks: number }>();
  const investigator: Investigator = {
    ...triage,
    causeOf,
    published: (event, time) => published(triage, state, event, time),
  };
  const assignment = (kind: "fast" | "deep", incident: OpenIncident): Assignment | undefined => {
    const analyst = kind === "fast" ? triage.fast : deep;
    const wanted =
      kind === "fast"
        ? wantedSignatures(incident, pace, vain.get(incident.id) ?? NOTHING_VAIN)
        : wantedDeep(incident, pace);
    return wanted && analyst && { ...wanted, incident: incident.id, analyst };
  };
  const run =
    (kind: "fast" | "deep") =>
    async (id: string): Promise<void> => {
      const incident = state.incident(id);
      const assigned = incident && assignment(kind, incident);
      if (assigned === undefined || signal.aborted) return;
      try {
        const became = await investigate(investigator, state, assigned, signal);
        if (became === "nothing-new") {
          const { steps, looks } = vain.get(id) ?? { steps: new Set<string>(), looks: 0 };
          vain.set(id, { steps: steps.add(assigned.step), looks: looks + 1 });
        }
        afterwards(id);
      } catch (cause) {
        if (signal.aborted) return;
        noted({ kind: "failed", doing: `investigate ${id}`, cause });
        afterwards(id, now() + FAILURE_PAUSE_MS);
      }
    };
  const schedules = {
    fast: openSchedule({ concurrency: FAST_AT_ONCE, now, run: run("fast") }),
    deep: openSchedule({ concurrency: DEEP_AT_ONCE, now, run: run("deep") }),
  };
  const consider = (id: string, notBefore = 0): void => {
    const incident = state.incident(id);
    if (incident === undefined) vain.delete(id);
    for (const kind of ["fast", "deep"] as const) {
      const next = incident && assignment(kind, incident);
      if (incident === undefined || next === undefined) schedules[kind].cancel(id);
      else schedules[kind].ask({ key: id, priority: priorityOf(incident), readyAt: Math.max(notBefore, next.readyAt) });
    }
  };
  // once the run that called it has made way: a step that is running takes no requests
  const afterwards = (id: string, notBefore = 0): void =>
    void setImmediate(() => signal.aborted || consider(id, notBefore));
  return {
    consider: (id) => consider(id),
    waiting: () => schedules.fast.waiting() + schedules.deep.waiting(),
    [Symbol.dispose]: () => {
      schedules.fast[Symbol.dispose]();
      schedules.deep[Symbol.dispose]();
    },
  };
}

const NOTHING_VAIN = { steps: new Set<string>(), looks: 0 };

function published(
  { noted }: Triage,
  state: State,
  published: Parameters<Investigator["published"]>[0],
  time: number,
): void {
  if (published.topic === "proposals.drafted") {
    const { event } = published;
    state.foldDraft(event);
    return noted({
      kind: "draft",
      record: event.id,
      incident: event.incident,
      proposal: event.proposal,
      action: event.action,
      author: event.author,
    });
  }
  const { event } = published;
  const openedAt = state.incident(event.incident)?.openedAt ?? time;
  state.foldAnalysis(event, time);
  noted({
    kind: "analysis",
    record: event.id,
    incident: event.incident,
    analyst: event.analyst === "claude" ? "claude" : "signatures",
    outcome: event.outcome,
    seconds: Math.max(0, time - openedAt) / 1000,
    cost: event.cost,
  });
}

function priorityOf({ severities }: OpenIncident): number {
  const rank = SEVERITIES.findIndex((severity) => severities.has(severity));
  return rank < 0 ? SEVERITIES.length : rank;
}
