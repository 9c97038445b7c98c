import { randomUUID } from "node:crypto";
import type { Bus, View } from "@holdfast/bus";
import type { Approvers, Guard } from "@holdfast/guard";
import type { Codec } from "@holdfast/schemas";
import type { Log, Metrics } from "@holdfast/service";
import type { Express } from "express";
import { openAsk } from "./ask.ts";
import { openAttention, type Took } from "./attention.ts";
import { openDoor } from "./door.ts";
import { KNOWN_TOPICS, openKnowledge, type Knowledge } from "./knowledge.ts";
import { startNotifier, type Notifying } from "./notify/notifier.ts";
import { openPace } from "./pace.ts";
import { openPoll, type Counted } from "./poll.ts";
import { telling } from "./telling.ts";

export type Approval = {
  readonly bus: Bus;
  readonly codec: Codec;
  readonly guard: Pick<Guard, "approve">;
  readonly approvers: Approvers;
  readonly settleMs: number;
  readonly now: () => number;
  readonly boundTo: string;
  readonly votesPerMinute: number;
  readonly log: Log;
  readonly counted: Counted;
  readonly took: Took;
  readonly notifying: Notifying;
  readonly metrics: Pick<Metrics, "counter" | "gauge">;
};

export type Running = { readonly door: Express; readonly view: View; readonly knowledge: Knowledge };

/** Folds the topics and makes the door over them. Until they are read to their end it says so, and nothing else. */
export async function startApproval(approval: Approval, stack: AsyncDisposableStack): Promise<Running> {
  const { bus, guard, approvers, settleMs, now, boundTo, log, counted, metrics } = approval;
  const { open } = approval.codec;
  const knowledge = openKnowledge(bus);
  const { proposals } = knowledge;
  const view = stack.use(bus.view(KNOWN_TOPICS, knowledge.fold));
  const attention = openAttention(approvers.entries, now, approval.took);
  const told = telling(bus, log);
  const poll = openPoll({
    open,
    guard,
    bus: told,
    view,
    settleMs,
    pace: openPace(approval.votesPerMinute),
    counted,
    voted: attention.voted,
    find: proposals.get,
    nonce: randomUUID,
  });
  const ask = openAsk({ open, bus: told, view, settleMs, all: proposals.all, find: proposals.get });
  const eye = () => ({ open, now: now(), settleMs });
  const { isCaughtUp } = view;
  const around = { bus, proposals, isCaughtUp, eye, log, metrics };
  const notifier = await startNotifier(approval.notifying, around, stack);
  return {
    door: openDoor({ knowledge, approvers, attention, poll, ask, notifier, eye, isCaughtUp, boundTo, log }),
    view,
    knowledge,
  };
}
