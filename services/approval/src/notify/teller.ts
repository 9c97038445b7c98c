import { sentenceOf, sleep, type Log } from "@holdfast/service";
import type { Memory } from "./memory.ts";
import { noticeOf, type Due } from "./notice.ts";
import type { Sent, Target } from "./target.ts";

/** How it goes with one target. */
export type Standing = {
  readonly name: string;
  readonly lastSentAt?: number;
  /** Why the last attempt failed; absent after one that did not. */
  readonly failure?: string;
  readonly failingSince?: number;
};

export type Telling = {
  readonly target: Target;
  /** What this target is to be told now, the most urgent first; nothing while another instance tells. */
  readonly due: () => readonly Due[];
  readonly memory: Pick<Memory, "remember">;
  /** The address of approval's pages. */
  readonly door: string;
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly log: Log;
  readonly counted: (event: Due["event"], outcome: Sent) => void;
  readonly pace?: Pace;
};

export type Pace = { readonly lookMs: number; readonly firstMs: number; readonly mostMs: number };

const PACE: Pace = { lookMs: 1_000, firstMs: 1_000, mostMs: 60_000 };

/** A loop of its own for each target: one that is down holds nobody else, least of all the votes. */
export function startTelling(telling: Telling, signal: AbortSignal): { readonly standing: () => Standing } {
  const { target, now, random, pace = PACE } = telling;
  const { name, gapMs } = target;
  const attempts = new Map<string, number>();
  let standing: Standing = { name };
  let failures = 0;

  const restMsAfter = (said: Attempted): number => {
    switch (said.outcome) {
      case "idle":
        return pace.lookMs;
      case "sent":
        [failures, standing] = [0, { name, lastSentAt: now() }];
        return gapMs;
      case "refused":
        [failures, standing] = [0, { name, lastSentAt: now(), failure: said.says, failingSince: now() }];
        return gapMs;
      case "failed": {
        const pauseMs = Math.min(pace.mostMs, pace.firstMs * 2 ** failures) * (0.5 + random() / 2);
        failures += 1;
        standing = { ...standing, failure: said.says, failingSince: standing.failingSince ?? now() };
        return Math.max(pauseMs, said.retryAfterMs ?? 0, gapMs);
      }
    }
  };
  const run = async (): Promise<never> => {
    for (;;) await sleep(restMsAfter(await attempt(telling, attempts, signal)), signal);
  };
  // INVARIANT: it ends with the signal alone, and whatever fails in it is tried again.
  void run().catch(() => undefined);
  return { standing: () => standing };
}

type Attempted = Sent | { readonly outcome: "idle" };

/** Sends one message, and remembers it only after the target took it: a crash in between tells it twice, under one id. */
async function attempt(telling: Telling, attempts: Map<string, number>, signal: AbortSignal): Promise<Attempted> {
  const { target, due, door, now, log, counted } = telling;
  try {
    const next = leastTried(due(), attempts);
    if (next === undefined) return { outcome: "idle" };
    const sent = await target.send(noticeOf(next, door), now(), signal);
    counted(next.event, sent);
    const facts = {
      target: target.name,
      notice: next.id,
      event: next.event,
      state: next.state,
      proposal: next.proposal.id,
      incident: next.proposal.incident,
    };
    if (sent.outcome === "failed") {
      attempts.set(next.id, (attempts.get(next.id) ?? 0) + 1);
      log.warn(`could not tell ${target.name}: ${sent.says}`, { ...facts, attempts: attempts.get(next.id) });
      return sent;
    }
    attempts.delete(next.id);
    telling.memory.remember(target.name, next.id, now());
    if (sent.outcome === "sent") log.info(`told ${target.name}`, facts);
    else log.error(`${target.name} refused a message for good: ${sent.says}`, facts);
    return sent;
  } catch (error) {
    signal.throwIfAborted();
    log.error("what somebody was to be told could not be settled; it is tried again", { target: target.name, error });
    return { outcome: "failed", kind: "status", says: sentenceOf(error) };
  }
}

/** One message that its target chokes on holds no other for ever. */
function leastTried(due: readonly Due[], attempts: Map<string, number>): Due | undefined {
  const ids = new Set(due.map(({ id }) => id));
  for (const id of attempts.keys()) if (!ids.has(id)) attempts.delete(id);
  return due.toSorted((a, b) => (attempts.get(a.id) ?? 0) - (attempts.get(b.id) ?? 0))[0];
}
