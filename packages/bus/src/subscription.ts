import type { DeadLetter, Topic } from "@holdfast/schemas";
import type { Item } from "./handling.ts";
import { openHeldKeys } from "./held.ts";
import { openHoldings } from "./holdings.ts";
import { openLanes } from "./lanes.ts";
import type { Member, Membership } from "./log.ts";
import type { Handler, SubscribeOptions, Subscription } from "./port.ts";
import type { Tracker } from "./tracker.ts";
import { atMost, backOffMs, pause } from "./waiting.ts";
import { openWork } from "./work.ts";
import type { World } from "./world.ts";

const COMMIT_EVERY_MS = 1000;
/** How long what was told to stop may take. */
const STOPPING_MS_MAX = 2000;

/** One member of a group: takes what it owns, works on it key by key, and moves the positions past finished work. */
export async function openSubscription<T extends Topic>(
  world: World,
  topics: readonly T[],
  group: string,
  handler: Handler<T>,
  options: SubscribeOptions<T>,
): Promise<Subscription> {
  const { parked, closes } = options;
  const held = openHeldKeys({ ...world, group, topics, closes, lied: (letter) => lied(world, group, letter) });
  const holdings = openHoldings();
  const [closing, aborting] = [new AbortController(), new AbortController()];
  const joined = Promise.withResolvers<Membership>();
  const signals = { closing: closing.signal, aborting: aborting.signal };
  const work = openWork({ world, topics, group, handler, parked, held, membership: joined.promise, ...signals });
  const lanes = openLanes<Item>(options.concurrency, work);
  const getReady = openReadiness(world, group, closing.signal, async (isNew) => {
    if (parked === "hold-key") await held.refresh();
    if (isNew) await options.onActive?.();
  });
  const commit = openCommit(world, group, joined.promise);

  const owns: Member["owns"] = async (partitions) => {
    const { lost, hasGained } = holdings.become(partitions);
    if (lost.length === 0 && !hasGained) return;
    lanes.forget(({ tracker }) => lost.includes(tracker));
    const isOwner = holdings.size() > 0;
    world.note("info", { group, partitions: holdings.size() }, isOwner ? OWNS_SENTENCE : STANDS_BY_SENTENCE);
    if (hasGained || !isOwner) {
      lanes.hold();
      getReady(isOwner, lanes.release);
    }
    await atMost(STOPPING_MS_MAX, Promise.all(lost.map((tracker) => tracker.settled())));
    await commit(lost);
  };
  const accept: Member["accept"] = (raw) => {
    const tracker = closing.signal.aborted ? undefined : holdings.of(raw);
    const became = tracker?.accept(raw, Date.now()) ?? "full";
    if (tracker !== undefined && became === "accepted") lanes.add(raw.key, { raw, tracker, failures: 0 });
    return became !== "full";
  };
  const membership = await world.log.join(
    { name: group, topics: parked === "hold-key" ? [...topics, "dead-letters"] : topics, exclusive: options.exclusive },
    { owns, accept },
  );
  joined.resolve(membership);
  const timer = setInterval(() => void commit(holdings.all()), COMMIT_EVERY_MS);

  const close = async (): Promise<void> => {
    closing.abort();
    lanes.hold();
    await atMost(world.drainMs, holdings.settled());
    aborting.abort(new Error("the bus is closing"));
    await atMost(STOPPING_MS_MAX, holdings.settled());
    clearInterval(timer);
    await commit(holdings.all());
    await membership[Symbol.asyncDispose]();
  };
  let closed: Promise<void> | undefined;
  return {
    active: () => closed === undefined && holdings.size() > 0,
    isHeld: held.has,
    lag: () => (closed === undefined ? holdings.lag(membership.ends()) : 0),
    oldestAgeMs: () => (closed === undefined ? holdings.oldestAgeMs(Date.now()) : 0),
    [Symbol.asyncDispose]: () => (closed ??= close()),
  };
}

/** Prepares this member after each gain, one preparation after the other, and again until it succeeds or is overtaken. */
function openReadiness(
  world: World,
  group: string,
  closing: AbortSignal,
  prepare: (isNew: boolean) => Promise<void>,
): (isOwner: boolean, release: () => void) => void {
  let [latest, isKnown] = [0, false];
  let before = Promise.resolve();
  const ready = async (mine: number, release: () => void): Promise<void> => {
    const isOvertaken = (): boolean => mine !== latest || closing.aborted;
    for (let failures = 1; !isOvertaken(); failures++) {
      try {
        await prepare(!isKnown);
        if (isOvertaken()) return;
        isKnown = true;
        release();
        return;
      } catch (err) {
        const againInMs = backOffMs(failures, world.random);
        world.note("warn", { group, failures, againInMs, err }, UNREADY_SENTENCE);
        await pause(againInMs, closing);
      }
    }
  };
  return (isOwner, release) => {
    const mine = ++latest;
    if (isOwner) before = before.then(() => ready(mine, release));
    else isKnown = false;
  };
}

/** Moves the group's positions to the low watermarks. What cannot be moved now is moved by a later call. */
function openCommit(
  world: World,
  group: string,
  membership: Promise<Membership>,
): (trackers: readonly Tracker[]) => Promise<void> {
  return async (trackers) => {
    const moves = trackers.flatMap((tracker) => {
      const next = tracker.uncommitted();
      return next === undefined ? [] : [{ tracker, next }];
    });
    if (moves.length === 0) return;
    try {
      await (await membership).commit(moves.map(({ next }) => next));
      for (const { tracker, next } of moves) tracker.committed(next.offset);
    } catch (err) {
      world.note("warn", { group, err }, UNCOMMITTED_SENTENCE);
    }
  };
}

function lied({ note }: World, group: string, { id, topic, partition, offset }: DeadLetter): void {
  note("warn", { group, letter: id, topic, partition, offset }, LIED_SENTENCE);
}

const LIED_SENTENCE =
  "A dead letter does not agree with the record that it names, so it holds nothing. Find out who may write dead-letters.";
const OWNS_SENTENCE = "This member owns partitions of its group.";
const STANDS_BY_SENTENCE = "This member owns nothing of its group and stands by.";
const UNREADY_SENTENCE =
  "This member owns its group but could not get ready for it. It tries again; until then nothing of the group is done.";
const UNCOMMITTED_SENTENCE =
  "The group's positions could not be moved. They are moved at the next try; a crash before that repeats the work.";
