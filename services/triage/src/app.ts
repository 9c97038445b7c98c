import type { Bus, Delivery, Subscription, View } from "@holdfast/bus";
import type { Alert, Incident, Topic } from "@holdfast/schemas";
import type { Analyst } from "./analyst.ts";
import { closings, decide, merge, unlisted } from "./incidents.ts";
import { investigate, type Assignment, type Investigator } from "./investigate.ts";
import { openOutbox } from "./outbox.ts";
import type { FactReader } from "./read-facts.ts";
import type { Redactor } from "./redact.ts";
import { openSchedule, type Schedule } from "./schedule.ts";
import type { Signature } from "./signature.ts";
import { keyOf, openState, type OpenIncident, type State } from "./state.ts";
import type { Aim, Targets } from "./targets.ts";
import type { Firing } from "./telemetry.ts";
import { wantedDeep, wantedSignatures, type Pace } from "./wanted.ts";

export type Triage = {
  readonly bus: Bus;
  readonly cluster: string;
  readonly targets: Targets;
  /** Turns a pod into the workload that controls it. */
  readonly resolve: (aim: Aim, signal: AbortSignal) => Promise<Aim>;
  readonly readFacts: FactReader;
  readonly redactor: Redactor;
  readonly signatures: readonly Signature[];
  readonly fast: Analyst;
  /** Asked after the fast one has answered, where there is one. */
  readonly deep: Analyst | undefined;
  /** Which alerts Alertmanager says are firing; undefined where it cannot be asked. */
  readonly firing: Firing | undefined;
  readonly pace: Pace & { readonly confirmMs: number };
  readonly now: () => number;
  /** Repeats what fails, with growing pauses, until it succeeds or is stopped. `what` completes "could not …". */
  readonly persist: <T>(what: string, attempt: () => Promise<T>, signal: AbortSignal) => Promise<T>;
  readonly noted: (note: Note) => void;
};

/** What happened, for the log and the metrics. */
export type Note =
  | { readonly kind: "incident"; readonly event: Incident }
  | { readonly kind: "ignored"; readonly alert: Alert }
  | { readonly kind: "analysis"; readonly incident: string; readonly analyst: Analyst["name"]; readonly outcome: string; readonly seconds: number }
  | { readonly kind: "draft"; readonly incident: string; readonly proposal: string; readonly action: string; readonly author: string }
  | { readonly kind: "failed"; readonly doing: string; readonly cause: unknown };

export type Running = {
  readonly subscription: Subscription;
  /** @throws the sentence of what is not ready. A standby is ready: it has nothing to know until it becomes active. */
  readonly ready: () => void;
  readonly open: () => number;
  readonly waiting: () => number;
};

const VIEWED = ["alerts", "incidents", "analyses", "proposals.drafted", "executions"] as const satisfies readonly Topic[];
const ALERTS_AT_ONCE = 64;
const FAST_AT_ONCE = 4;
const DEEP_AT_ONCE = 2;
const TICK_MS_MAX = 1_000;
const FAILURE_PAUSE_MS = 5_000;
const SEVERITIES = ["critical", "warning"];

/** Runs until the stack is disposed. One member of the group is active; its state is what the topics say. */
export async function startTriage(triage: Triage, stack: AsyncDisposableStack): Promise<Running> {
  let active: Activation | undefined;
  const close = async (): Promise<void> => active?.[Symbol.asyncDispose]();
  const subscription = await triage.bus.subscribe(["alerts"], "triage", async (delivery, signal) => requireActive(active).take(delivery, signal), {
    concurrency: ALERTS_AT_ONCE,
    exclusive: true,
    parked: "hold-key",
    onActive: async () => {
      await close();
      active = await activate(triage);
    },
  });
  stack.defer(close);
  stack.use(subscription);
  const tick = setInterval(() => void (subscription.active() ? active?.tick() : close()), Math.min(TICK_MS_MAX, triage.pace.confirmMs / 2));
  stack.defer(() => clearInterval(tick));
  return {
    subscription,
    ready: () => {
      if (subscription.active() && active?.view.isCaughtUp() !== true) throw new Error("triage is still reading what the topics say.");
    },
    open: () => [...(active?.state.open() ?? [])].length,
    waiting: () => active?.waiting() ?? 0,
  };
}

function requireActive(active: Activation | undefined): Activation {
  if (active === undefined) throw new Error("an alert was delivered before triage had read what the topics say");
  return active;
}

type Activation = AsyncDisposable & {
  readonly state: State;
  readonly view: View;
  readonly take: (delivery: Delivery<"alerts">, signal: AbortSignal) => Promise<void>;
  readonly tick: () => Promise<void>;
  readonly waiting: () => number;
};

/** From becoming the active member to ceasing to be it. It begins with what the topics say and with nothing else. */
async function activate(triage: Triage): Promise<Activation> {
  const { bus, now, noted } = triage;
  const stop = new AbortController();
  const state = openState();
  const desk = openDesk(triage, state, stop.signal);
  const view = bus.view(VIEWED, (delivery) => {
    fold(state, delivery);
    if (delivery.topic !== "alerts" && delivery.topic !== "executions" && view.isCaughtUp()) desk.consider(delivery.event.incident);
  });
  await view.caughtUp;
  const emit = openOutbox({
    bus,
    persist: (attempt) => triage.persist("publish what became of an incident", attempt, stop.signal),
    published: (event, time) => {
      state.foldIncident(event, time);
      noted({ kind: "incident", event });
    },
  });
  /** Folded before it is published, so that the next decision counts on it; acknowledged only after. */
  const settle = async (events: readonly Incident[]): Promise<void> => {
    for (const event of events) state.foldIncident(event, now());
    const sent = events.map((event) => emit(event));
    for (const { incident } of events) desk.consider(incident);
    await Promise.all(sent);
  };
  const sweep = openSweep(triage, state, settle);
  for (const { id } of state.open()) desk.consider(id);
  return {
    state,
    view,
    take: async ({ event, offset }, signal) => {
      if (triage.targets.ignores(event)) return noted({ kind: "ignored", alert: event });
      const aim = await triage.resolve(triage.targets.aim(event, triage.cluster), signal);
      signal.throwIfAborted();
      state.foldAlert(event, offset);
      await settle(decide(event, aim, state, { offset, at: now() }));
    },
    tick: () => sweep(stop.signal),
    waiting: desk.waiting,
    [Symbol.asyncDispose]: async () => {
      stop.abort(new Error("this member is no longer active"));
      desk[Symbol.dispose]();
      await view[Symbol.asyncDispose]();
    },
  };
}

function fold(state: State, delivery: Delivery<(typeof VIEWED)[number]>): void {
  switch (delivery.topic) {
    case "alerts":
      return state.foldAlert(delivery.event, delivery.offset);
    case "incidents":
      return state.foldIncident(delivery.event, delivery.time);
    case "analyses":
      return state.foldAnalysis(delivery.event, delivery.time);
    case "proposals.drafted":
      return state.foldDraft(delivery.event);
    case "executions":
      return state.foldExecution(delivery.event, delivery.time);
  }
}

type Desk = Disposable & { readonly consider: (incident: string) => void; readonly waiting: () => number };

/** Gives each open incident the step that it lacks: the fast one first, critical before the others. */
function openDesk(triage: Triage, state: State, signal: AbortSignal): Desk {
  const { now, pace, noted, deep } = triage;
  const looks = new Map<string, number>();
  const investigator: Investigator = { ...triage, published: (event, time) => published(triage, state, event, time) };
  const assignmentFor = {
    fast: (incident: OpenIncident): (Assignment & { readonly readyAt: number }) | undefined => {
      const wanted = wantedSignatures(incident, pace, looks.get(incident.id) ?? 0);
      return wanted && { incident: incident.id, step: wanted.id, readyAt: wanted.readyAt, analyst: triage.fast, quiet: wanted.again };
    },
    deep: (incident: OpenIncident): (Assignment & { readonly readyAt: number }) | undefined => {
      const wanted = deep === undefined ? undefined : wantedDeep(incident, pace);
      return wanted && deep && { incident: incident.id, step: wanted.id, readyAt: wanted.readyAt, analyst: deep, quiet: false };
    },
  };
  const scheduleOf = (kind: keyof typeof assignmentFor, concurrency: number): Schedule =>
    openSchedule({
      concurrency,
      now,
      run: async (id) => {
        const incident = state.incident(id);
        const assignment = incident && assignmentFor[kind](incident);
        if (assignment === undefined || signal.aborted) return;
        try {
          const outcome = await investigate(investigator, state, assignment, signal);
          if (assignment.quiet && outcome !== "found") looks.set(id, (looks.get(id) ?? 0) + 1);
          afterwards(id);
        } catch (cause) {
          if (signal.aborted) return;
          noted({ kind: "failed", doing: `investigate ${id}`, cause });
          afterwards(id, now() + FAILURE_PAUSE_MS);
        }
      },
    });
  const schedules = { fast: scheduleOf("fast", FAST_AT_ONCE), deep: scheduleOf("deep", DEEP_AT_ONCE) };
  const consider = (id: string, notBefore = 0): void => {
    const incident = state.incident(id);
    if (incident === undefined) looks.delete(id);
    for (const kind of ["fast", "deep"] as const) {
      const assignment = incident && assignmentFor[kind](incident);
      if (incident === undefined || assignment === undefined) schedules[kind].cancel(id);
      else schedules[kind].ask({ key: id, priority: priorityOf(incident), readyAt: Math.max(notBefore, assignment.readyAt) });
    }
  };
  // once the run that called it has made way: a step that is running takes no requests
  const afterwards = (id: string, notBefore = 0): void => void setImmediate(() => signal.aborted || consider(id, notBefore));
  return {
    consider: (id) => consider(id),
    waiting: () => schedules.fast.waiting() + schedules.deep.waiting(),
    [Symbol.dispose]: () => {
      schedules.fast[Symbol.dispose]();
      schedules.deep[Symbol.dispose]();
    },
  };
}

function published({ noted }: Triage, state: State, published: Parameters<Investigator["published"]>[0], time: number): void {
  if (published.topic === "proposals.drafted") {
    const { event } = published;
    state.foldDraft(event);
    return noted({ kind: "draft", incident: event.incident, proposal: event.proposal, action: event.action, author: event.author });
  }
  const { event } = published;
  const openedAt = state.incident(event.incident)?.openedAt ?? time;
  state.foldAnalysis(event, time);
  noted({ kind: "analysis", incident: event.incident, analyst: event.analyst === "claude" ? "claude" : "signatures", outcome: event.outcome, seconds: Math.max(0, time - openedAt) / 1000 });
}

function priorityOf({ members }: OpenIncident): number {
  const ranks = [...members.values()].map(({ severity }) => SEVERITIES.indexOf(severity)).filter((rank) => rank >= 0);
  return ranks.length === 0 ? SEVERITIES.length : Math.min(...ranks);
}

/** What time alone makes due: incidents that are over, alerts that ended unsaid, and what was opened twice. */
function openSweep({ firing, now, noted, pace }: Triage, state: State, settle: (events: readonly Incident[]) => Promise<void>): (signal: AbortSignal) => Promise<void> {
  let sweeping = false;
  let listed: ReadonlySet<string> = new Set();
  return async (signal) => {
    if (sweeping || signal.aborted) return;
    const open = [...state.open()];
    if (open.length === 0) return;
    sweeping = true;
    try {
      for (const key of new Set(open.map(({ correlation }) => keyOf(correlation)))) if (state.withKey(key).length > 1) await settle(merge(state, key, now()));
      const current = await firing?.(signal);
      if (current !== undefined) await settle(unlisted(state, listed, current, now()));
      listed = current ?? listed;
      await settle(closings(state, now(), pace.confirmMs, current));
    } catch (cause) {
      if (!signal.aborted) noted({ kind: "failed", doing: "close what is over", cause });
    } finally {
      sweeping = false;
    }
  };
}
