import type { Topic } from "@holdfast/schemas";
import { backOffMs, pause } from "./back-off.ts";
import { readDelivery } from "./delivery.ts";
import { openLanes, type Outcome } from "./lanes.ts";
import type { Deaths, Membership } from "./log.ts";
import { deadLetter, openHeldKeys, park, type Fault } from "./parking.ts";
import type { Delivery, Handler, Next, Raw, SubscribeOptions, Subscription } from "./port.ts";
import { openTracker, type Tracker } from "./tracker.ts";
import { openTurns } from "./turns.ts";
import type { World } from "./world.ts";

const COMMIT_EVERY_MS = 1000;
/** A record is parked after this many exits of the process that worked on it. */
const CRASHES_MAX = 3;
/** A process that is killed says nothing about the record, unless it goes on and on. */
const SILENT_DEATHS_MAX = 10;
const SUSPECT_AFTER = 2;
const ALONE_MS_MAX = 10_000;
/** After the drain, how long what was told to stop may take. */
const STOPPING_MS_MAX = 2000;

type Item = { readonly raw: Raw; readonly tracker: Tracker; failures: number };

/** One member of a group: takes what it owns, works on it key by key, and moves the positions past finished work. */
export async function openSubscription<T extends Topic>(
  world: World,
  topics: readonly T[],
  group: string,
  handler: Handler<T>,
  options: SubscribeOptions,
): Promise<Subscription> {
  const { log, note } = world;
  const trackers = new Map<string, Tracker>();
  const held = openHeldKeys(log, world.codec, group, topics);
  const turns = openTurns(ALONE_MS_MAX);
  const closing = new AbortController();
  const aborting = new AbortController();
  const joined = Promise.withResolvers<Membership>();
  let [activation, isAnnounced] = [0, false];
  let readying: Promise<void> = Promise.resolve();

  const done = async ({ raw, tracker }: Item): Promise<Outcome> => {
    tracker.acknowledge(raw.offset);
    if (tracker.hasRoomAgain()) (await joined.promise).resume(tracker.topic, tracker.partition);
    return "done";
  };
  const parked = async (item: Item, fault: Fault): Promise<Outcome> => {
    const { raw } = item;
    if (options.parked === "hold-key") held.add(raw.key);
    await park(log, world.codec, deadLetter(raw, group, fault, world.now()));
    world.parked();
    note("error", { ...place(raw), group, errorClass: fault.errorClass, why: fault.why }, PARKED_SENTENCE[options.parked]);
    await (await joined.promise).settle(raw, "finished");
    return await done(item);
  };
  const handled = async (item: Item, delivery: Delivery<T>): Promise<Outcome> => {
    const { raw, tracker } = item;
    const membership = await joined.promise;
    const deaths = await membership.begin(raw);
    const worst = deaths.crashes >= CRASHES_MAX || deaths.silent >= SILENT_DEATHS_MAX;
    if (worst) return await parked(item, { errorClass: "crashed", why: died(deaths), attempts: deaths.crashes + deaths.silent });
    const leave = await turns.enter(deaths.crashes + deaths.silent >= SUSPECT_AFTER);
    const timer = setTimeout(leave, ALONE_MS_MAX);
    let finished = false;
    try {
      await handler(delivery, AbortSignal.any([tracker.signal, aborting.signal]));
      finished = true;
    } finally {
      clearTimeout(timer);
      leave();
      await membership.settle(raw, finished ? "finished" : "unfinished");
    }
    return await done(item);
  };
  const attempt = async (item: Item): Promise<Outcome> => {
    const { raw } = item;
    if (options.parked === "hold-key" && held.has(raw.key)) {
      return await parked(item, { errorClass: "held", why: "an earlier record of this key is parked", attempts: 0 });
    }
    const read = readDelivery(world.codec, topics, raw);
    if (read.outcome !== "valid") return await parked(item, { errorClass: read.outcome, why: read.why, attempts: 1 });
    return await handled(item, read.delivery);
  };
  const work = async (item: Item): Promise<Outcome> => {
    const { raw, tracker } = item;
    const stopped = (): boolean => tracker.signal.aborted || closing.signal.aborted;
    if (stopped()) return "done";
    try {
      return await tracker.during(attempt(item));
    } catch (cause) {
      if (stopped()) return "done";
      item.failures += 1;
      const againInMs = backOffMs(item.failures, world.random);
      note("warn", { ...place(raw), group, failures: item.failures, againInMs, err: cause }, FAILED_SENTENCE);
      return { againInMs };
    }
  };
  const lanes = openLanes<Item>(options.concurrency, work);

  const ready = async (mine: number): Promise<void> => {
    const isOvertaken = (): boolean => mine !== activation || closing.signal.aborted;
    for (let failures = 1; !isOvertaken(); failures++) {
      try {
        if (options.parked === "hold-key") await held.refresh();
        if (!isAnnounced) await options.onActive?.();
        if (isOvertaken()) return;
        isAnnounced = true;
        lanes.release();
        return;
      } catch (err) {
        const againInMs = backOffMs(failures, world.random);
        note("warn", { group, failures, againInMs, err }, UNREADY_SENTENCE);
        await pause(againInMs, closing.signal);
      }
    }
  };
  const owns = async (partitions: readonly Next[]): Promise<void> => {
    const wanted = new Map(partitions.map((next) => [name(next), next]));
    const lost = [...trackers].filter(([key]) => !wanted.has(key));
    const gained = [...wanted].filter(([key]) => !trackers.has(key));
    for (const [key, tracker] of lost) {
      trackers.delete(key);
      tracker.lose();
      lanes.forget((item) => item.tracker === tracker);
    }
    for (const [key, next] of gained) trackers.set(key, openTracker(next));
    if (trackers.size === 0) isAnnounced = false;
    if (lost.length > 0 || gained.length > 0) note("info", { group, partitions: trackers.size }, trackers.size === 0 ? STANDS_BY_SENTENCE : OWNS_SENTENCE);
    if (gained.length > 0 || trackers.size === 0) {
      const mine = ++activation;
      lanes.hold();
      if (gained.length > 0) readying = readying.then(() => ready(mine));
    }
    await atMost(STOPPING_MS_MAX, Promise.all(lost.map(([, tracker]) => tracker.settled())));
    await commitOrSay(lost.map(([, tracker]) => tracker));
  };
  const accept = (raw: Raw): boolean => {
    const tracker = trackers.get(name(raw));
    if (tracker === undefined || closing.signal.aborted) return false;
    const became = tracker.accept(raw, Date.now());
    if (became === "accepted") lanes.add(raw.key, { raw, tracker, failures: 0 });
    return became !== "full";
  };
  const commit = async (of: Iterable<Tracker>): Promise<void> => {
    const moves = [...of].flatMap((tracker) => {
      const next = tracker.uncommitted();
      return next === undefined ? [] : [{ tracker, next }];
    });
    if (moves.length === 0) return;
    await (await joined.promise).commit(moves.map(({ next }) => next));
    for (const { tracker, next } of moves) tracker.committed(next.offset);
  };
  const commitOrSay = async (of: Iterable<Tracker>): Promise<void> => {
    try {
      await commit(of);
    } catch (err) {
      note("warn", { group, err }, UNCOMMITTED_SENTENCE);
    }
  };

  joined.resolve(await log.join({ name: group, topics, exclusive: options.exclusive }, { owns, accept }));
  const membership = await joined.promise;
  const timer = setInterval(() => void commitOrSay(trackers.values()), COMMIT_EVERY_MS);
  const settled = (): Promise<unknown> => Promise.all([...trackers.values()].map((tracker) => tracker.settled()));
  const close = async (): Promise<void> => {
    closing.abort();
    lanes.hold();
    await atMost(world.drainMs, settled());
    aborting.abort(new Error("the bus is closing"));
    await atMost(STOPPING_MS_MAX, settled());
    clearInterval(timer);
    await commitOrSay(trackers.values());
    await membership[Symbol.asyncDispose]();
  };
  let closed: Promise<void> | undefined;
  return {
    active: () => trackers.size > 0,
    lag: () => membership.ends().reduce((sum, end) => sum + Math.max(0, end.offset - (trackers.get(name(end))?.low() ?? end.offset)), 0),
    oldestAgeMs: () => Math.max(0, ...[...trackers.values()].map((tracker) => Date.now() - (tracker.oldestAt() ?? Date.now()))),
    [Symbol.asyncDispose]: () => (closed ??= close()),
  };
}

const OWNS_SENTENCE = "This member owns partitions of its group.";
const STANDS_BY_SENTENCE = "This member owns nothing of its group and stands by.";
const UNREADY_SENTENCE = "This member owns its group but could not get ready for it. It tries again; until then nothing of the group is done.";
const UNCOMMITTED_SENTENCE = "The group's positions could not be moved. They are moved at the next try; a crash before that repeats the work.";
const FAILED_SENTENCE = "A handler failed. It is tried again, and only the records of its key wait for it.";
const PARKED_SENTENCE = {
  "hold-key": "A record could not be taken and stands in dead-letters. Later records of its key follow it there until somebody has looked at it.",
  "go-on": "A record could not be taken and stands in dead-letters. Later records go on.",
};

function place({ topic, partition, offset, key }: Raw): { readonly topic: Topic; readonly partition: number; readonly offset: number; readonly key: string } {
  return { topic, partition, offset, key };
}

function name({ topic, partition }: { readonly topic: Topic; readonly partition: number }): string {
  return `${topic}/${partition}`;
}

function died({ crashes, silent }: Deaths): string {
  return `the process ended while it worked on this record: ${crashes} times by an exit of its own, ${silent} times without a word`;
}

async function atMost(ms: number, settled: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([settled, promise]);
  clearTimeout(timer);
}
