import type { Cause, Codec, Events, Topic } from "@holdfast/schemas";
import { openFollowing } from "./follow.ts";
import type { Log } from "./log.ts";
import { keyOf } from "./partition.ts";
import { recordsAt } from "./places.ts";
import type { Bus, BusStats, Note, Published, Subscription } from "./port.ts";
import { openReadings } from "./readings.ts";
import { openSubscription } from "./subscription.ts";
import { openView } from "./view.ts";
import type { World } from "./world.ts";

export type BusOptions = {
  readonly codec: Codec;
  /** The name of the service, in what the bus notes. */
  readonly service: string;
  readonly log?: Note;
  /** The clock of this process; what the broker stamps is its own affair. */
  readonly now?: () => number;
  readonly random?: () => number;
  /** How long a close waits for handlers before it aborts them. */
  readonly drainMs?: number;
};

const DRAIN_MS = 4000;

/** Makes a bus of a log. Closing the bus closes what was opened on it, and then the log. */
export function openBus(log: Log, { codec, service, ...options }: BusOptions): Bus {
  const readings = openReadings(codec);
  const followings = new Set<AsyncDisposable>();
  const subscriptions = new Map<string, Subscription>();
  const dropped = { duplicate: 0, undecodable: 0, unverified: 0 };
  let parked = 0;
  const world: World = {
    log,
    codec,
    note: (level, fields, sentence) => options.log?.(level, { service, ...fields }, sentence),
    now: options.now ?? Date.now,
    random: options.random ?? Math.random,
    drainMs: options.drainMs ?? DRAIN_MS,
    parked: () => (parked += 1),
  };
  const keep = <F extends AsyncDisposable>(following: F): F => {
    followings.add(following);
    return following;
  };
  const closeAll = (parts: Iterable<AsyncDisposable>): Promise<unknown> =>
    Promise.all([...parts].map((part) => part[Symbol.asyncDispose]()));
  const close = async (): Promise<void> => {
    await closeAll(subscriptions.values()); // handlers that are still at work may need the views
    await closeAll(followings);
    await log[Symbol.asyncDispose]();
  };
  let closed: Promise<void> | undefined;

  return {
    publish: async <T extends Topic>(topic: T, key: string, event: Events[T], cause?: Cause): Promise<Published> => {
      const named = keyOf(topic, event);
      if (key !== named)
        throw new TypeError(`a record of ${topic} has the key that its event names, ${named}, and not ${key}`);
      const { value, headers } = codec.write(topic, event, cause);
      return { ...(await log.append({ topic, key, value, headers })), value };
    },
    subscribe: async (topics, group, handler, subscribeOptions) => {
      if (subscriptions.has(group)) throw new Error(`this bus is already a member of the group ${group}`);
      const working = { ...world, codec: readings.worked(topics) };
      const member = await openSubscription(working, topics, group, handler, subscribeOptions);
      const leave = async (): Promise<void> => {
        await member[Symbol.asyncDispose]();
        subscriptions.delete(group);
      };
      const subscription: Subscription = { ...member, [Symbol.asyncDispose]: leave };
      subscriptions.set(group, subscription);
      return subscription;
    },
    follow: (topics, from, onBatch) => keep(openFollowing(log, topics, from, onBatch)),
    view: (topics, fold) => keep(openView(log, readings.viewed(topics), topics, fold, (why) => (dropped[why] += 1))),
    recordsAt: (places) => recordsAt(log, places),
    again: (record) => log.append(record),
    writable: log.writable,
    now: log.now,
    stats: async (): Promise<BusStats> => ({
      ...(await log.gauges()),
      parked,
      dropped: { ...dropped },
      groups: [...subscriptions].map(([group, { active, lag, oldestAgeMs }]) => ({
        group,
        active: active(),
        lag: lag(),
        oldestAgeMs: oldestAgeMs(),
      })),
    }),
    [Symbol.asyncDispose]: () => (closed ??= close()),
  };
}
