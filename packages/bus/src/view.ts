import { digestOf, type Codec, type Topic } from "@holdfast/schemas";
import { readDelivery } from "./delivery.ts";
import { openFollowing } from "./follow.ts";
import type { Nexts } from "./nexts.ts";
import type { Log } from "./log.ts";
import type { Delivery, Position, Raw, View } from "./port.ts";

export type Dropped = "duplicate" | "undecodable" | "unverified";

/** A fold over what verifies, each event id once: the first in partition order that verifies is the event. */
export function openView<T extends Topic>(
  log: Log,
  codec: Codec,
  topics: readonly T[],
  fold: (delivery: Delivery<T>) => void,
  onDropped: (why: Dropped) => void,
): View {
  const known = new Set<string>();
  const arrivals = openArrivals();
  let isCaughtUp = false;

  const take = (raw: Raw): void => {
    const read = readDelivery(codec, topics, raw);
    if (read.outcome !== "valid") return onDropped(read.outcome);
    const { event, value } = read.delivery;
    const name = nameOf(raw.topic, event.id, value);
    if (known.has(name)) return onDropped("duplicate");
    known.add(name);
    fold(read.delivery);
  };
  const following = openFollowing(log, topics, [], async (batch) => batch.forEach(take), arrivals.moved);
  const noteCaughtUp = (): void => {
    isCaughtUp = true;
  };
  following.caughtUp.then(noteCaughtUp, () => undefined);
  following.ended.then(() => arrivals.end(new Error("the view was closed")), arrivals.end);
  return {
    caughtUp: following.caughtUp,
    ended: following.ended,
    behind: following.behind,
    isCaughtUp: () => isCaughtUp,
    reached: async (position, signal) => {
      const isRead = topics.some((topic) => topic === position.topic);
      if (!isRead) throw new TypeError(`this view does not read ${position.topic}`);
      await arrivals.at(position, signal);
    },
    [Symbol.asyncDispose]: following[Symbol.asyncDispose],
  };
}

/**
 * Nobody signs a parked letter, and its id follows from a place that anybody may guess: it is known by its bytes as well, or a
 * lie that came first would hide the letter, and what people decided about it.
 */
function nameOf(topic: Topic, id: string, value: Buffer): string {
  return topic === "dead-letters" ? `${topic}/${id}/${digestOf(value)}` : `${topic}/${id}`;
}

/** Who waits until a position has been passed. */
type Arrivals = {
  readonly at: (position: Position, signal: AbortSignal | undefined) => Promise<void>;
  readonly moved: (nexts: Nexts) => void;
  readonly end: (why: unknown) => void;
};

type Waiter = {
  readonly position: Position;
  readonly resolve: () => void;
  readonly reject: (why: unknown) => void;
};

function openArrivals(): Arrivals {
  const waiters = new Set<Waiter>();
  let nexts: Nexts | undefined;
  let ended: { readonly why: unknown } | undefined;
  const isPassed = ({ topic, partition, offset }: Position): boolean => (nexts?.at(topic, partition) ?? 0) > offset;
  return {
    at: async (position, signal) => {
      if (isPassed(position)) return;
      if (ended !== undefined) throw ended.why;
      signal?.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const waiter = { position, resolve, reject };
      const abort = (): void => reject(signal?.reason);
      waiters.add(waiter);
      signal?.addEventListener("abort", abort, { once: true });
      try {
        await promise;
      } finally {
        waiters.delete(waiter);
        signal?.removeEventListener("abort", abort);
      }
    },
    moved: (now) => {
      nexts = now;
      for (const { position, resolve } of waiters) if (isPassed(position)) resolve();
    },
    end: (why) => {
      ended = { why };
      for (const { reject } of waiters) reject(why);
    },
  };
}
