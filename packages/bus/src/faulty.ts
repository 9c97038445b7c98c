import type { Topic } from "@holdfast/schemas";
import type { Bus, Handler } from "./port.ts";

/** How often each fault comes, from 0 (never) to 1 (always). */
export type Faults = {
  /** A publish rejects: one half of these wrote nothing, the other half wrote the record and lost only the answer. */
  readonly lose: number;
  /** A record is published twice, or a delivery handled twice. */
  readonly repeat: number;
  /** Something waits up to `delayMsMax` first. */
  readonly delay: number;
  readonly delayMsMax: number;
  /** A handler ends without acknowledging: one half before it did anything, the other half after all was done. */
  readonly crash: number;
};

/**
 * A bus that does to its user, in a seeded order, what networks and crashes do. What it promises still holds: a publish that
 * resolved is durable, and a record is delivered again until a handler has returned.
 */
export function openFaulty(bus: Bus, seed: number, faults: Faults): Bus {
  const random = seeded(seed);
  const strikes = (rate: number): boolean => random() < rate;
  const delay = async (): Promise<void> => {
    if (!strikes(faults.delay)) return;
    const ms = random() * faults.delayMsMax;
    await new Promise((resolve) => setTimeout(resolve, ms));
  };
  const struck =
    <T extends Topic>(handler: Handler<T>): Handler<T> =>
    async (delivery, signal) => {
      await delay();
      const crash = strikes(faults.crash) ? (random() < 0.5 ? "before" : "after") : "never";
      if (crash === "before") throw new Error("faulty: the handler never began");
      await handler(delivery, signal);
      if (strikes(faults.repeat)) await handler(delivery, signal);
      if (crash === "after") throw new Error("faulty: the handler was done, and its acknowledgement is lost");
    };
  return {
    ...bus,
    [Symbol.asyncDispose]: bus[Symbol.asyncDispose],
    publish: async (topic, key, event, cause) => {
      await delay();
      const lost = strikes(faults.lose) ? (random() < 0.5 ? "record" : "answer") : "nothing";
      if (lost === "record") throw new Error("faulty: the record is lost");
      if (strikes(faults.repeat)) await bus.publish(topic, key, event, cause);
      const published = await bus.publish(topic, key, event, cause);
      if (lost === "answer") throw new Error("faulty: the record is written, and the answer is lost");
      return published;
    },
    subscribe: (topics, group, handler, options) => bus.subscribe(topics, group, struck(handler), options),
  };
}

/** Mulberry32: small, fast, and the same everywhere. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
