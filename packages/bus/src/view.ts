import type { Codec, Topic } from "@holdfast/schemas";
import { openFollowing, type Places } from "./follow.ts";
import type { Log } from "./log.ts";
import { readDelivery } from "./delivery.ts";
import type { Delivery, Position, View } from "./port.ts";

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
  const waiters = new Set<{ readonly position: Position; readonly resolve: () => void }>();
  let places: Places | undefined;
  let isCaughtUp = false;
  const passed = ({ topic, partition, offset }: Position): boolean => (places?.at(topic, partition) ?? 0) > offset;

  const following = openFollowing(
    log,
    topics,
    [],
    async (batch) => {
      for (const raw of batch) {
        const read = readDelivery(codec, topics, raw);
        if (read.outcome !== "valid") {
          onDropped(read.outcome);
          continue;
        }
        const id = `${raw.topic}/${read.delivery.event.id}`;
        if (known.has(id)) onDropped("duplicate");
        else {
          known.add(id);
          fold(read.delivery);
        }
      }
    },
    (moved) => {
      places = moved;
      for (const waiter of [...waiters].filter(({ position }) => passed(position))) {
        waiters.delete(waiter);
        waiter.resolve();
      }
    },
  );
  following.caughtUp.then(() => (isCaughtUp = true), () => undefined);

  return {
    ...following,
    [Symbol.asyncDispose]: following[Symbol.asyncDispose],
    isCaughtUp: () => isCaughtUp,
    reached: async (position, signal) => {
      if (!topics.some((topic) => topic === position.topic)) throw new TypeError(`this view does not read ${position.topic}`);
      if (passed(position)) return;
      signal?.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const waiter = { position, resolve };
      const abort = (): void => reject(signal?.reason);
      const closed = (): void => reject(new Error(`the view was closed before it reached ${position.topic}/${position.partition}/${position.offset}`));
      waiters.add(waiter);
      signal?.addEventListener("abort", abort, { once: true });
      following.ended.then(closed, reject);
      try {
        await promise;
      } finally {
        waiters.delete(waiter);
        signal?.removeEventListener("abort", abort);
      }
    },
  };
}
