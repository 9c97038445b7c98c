import type { Delivery, Subscription, View } from "@holdfast/bus";
import type { Cause, Incident } from "@holdfast/schemas";
import { openCauses } from "./causes.ts";
import { openDesk } from "./desk.ts";
import { fold, VIEWED } from "./fold.ts";
import { decide } from "./incidents.ts";
import { openOutbox } from "./outbox.ts";
import { openScan } from "./scan.ts";
import { openState, type State } from "./state.ts";
import { openSweep } from "./sweep.ts";
import type { Triage } from "./triage.ts";

export type Running = {
  readonly subscription: Subscription;
  /** @throws the sentence of what is not ready. A standby is ready: it has nothing to know until it becomes active. */
  readonly ready: () => void;
  readonly open: () => number;
  readonly waiting: () => number;
};

const ALERTS_AT_ONCE = 64;
const TICK_MS_MAX = 1_000;

/** Runs until the stack is disposed. One member of the group is active; its state is what the topics say. */
export async function startTriage(triage: Triage, stack: AsyncDisposableStack): Promise<Running> {
  let active: Activation | undefined;
  const close = async (): Promise<void> => {
    const ended = active;
    active = undefined;
    await ended?.[Symbol.asyncDispose]();
  };
  const subscription = await triage.bus.subscribe(
    ["alerts"],
    "triage",
    async (delivery, signal) => requireActive(active).take(delivery, signal),
    {
      concurrency: ALERTS_AT_ONCE,
      exclusive: true,
      parked: "hold-key",
      closes: ({ event }) => event.status === "resolved",
      onActive: async () => {
        await close();
        active = await activate(triage);
      },
    },
  );
  stack.defer(close);
  stack.use(subscription);
  const tick = setInterval(
    () => void (subscription.active() ? active?.tick() : close()),
    Math.min(TICK_MS_MAX, triage.pace.confirmMs / 2),
  );
  stack.defer(() => clearInterval(tick));
  return {
    subscription,
    ready: () => {
      if (subscription.active() && active?.view.isCaughtUp() !== true)
        throw new Error("triage is still reading what the topics say.");
      if (subscription.active() && active?.hasLooked() === false)
        throw new Error("triage has not looked at the workloads yet.");
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
  /** False where it is to scan and has not yet. */
  readonly hasLooked: () => boolean;
};

/** From becoming the active member to ceasing to be it. It begins with what the topics say and with nothing else. */
async function activate(triage: Triage): Promise<Activation> {
  const { bus, now, noted } = triage;
  const stop = new AbortController();
  const state = openState();
  const causes = openCauses();
  const desk = openDesk(triage, state, causes.of, stop.signal);
  const view = bus.view(VIEWED, (delivery) => {
    fold(state, delivery);
    if (delivery.topic === "incidents") causes.fold(delivery);
    if (delivery.topic !== "alerts" && delivery.topic !== "executions" && view.isCaughtUp())
      desk.consider(delivery.event.incident);
  });
  view.ended.catch(triage.fatal);
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
  const settle = async (events: readonly Incident[], cause?: Cause): Promise<void> => {
    for (const event of events) state.foldIncident(event, now());
    const sent = events.map((event) => emit(event, cause));
    for (const { incident } of events) desk.consider(incident);
    await Promise.all(sent);
  };
  const sweep = openSweep(triage, state, settle);
  const scan = triage.scan && openScan(triage, triage.scan, state, settle);
  for (const { id } of state.open()) desk.consider(id);
  return {
    state,
    view,
    take: async (delivery, signal) => {
      const { event, offset } = delivery;
      if (triage.targets.ignores(event)) return noted({ kind: "ignored", alert: event });
      // whatever a label says goes on into incidents, analyses and sentences
      const alert = triage.redactor.object(event);
      const aim = await triage.resolve(triage.targets.aim(alert, triage.cluster), signal);
      signal.throwIfAborted();
      state.foldAlert(event, offset);
      await settle(decide(alert, aim, state, { offset, at: now() }), delivery);
    },
    tick: async () => void (await Promise.all([sweep(stop.signal), scan?.look(stop.signal)])),
    hasLooked: () => scan?.hasLooked() ?? true,
    waiting: desk.waiting,
    [Symbol.asyncDispose]: async () => {
      stop.abort(new Error("this member is no longer active"));
      desk[Symbol.dispose]();
      await view[Symbol.asyncDispose]();
    },
  };
}
