import type { Topic } from "@holdfast/schemas";
import { readDelivery } from "./delivery.ts";
import { openHandling, type HandlingOptions, type Item } from "./handling.ts";
import type { HeldKeys } from "./held.ts";
import type { Outcome } from "./lanes.ts";
import { deadLetter, park, type Fault } from "./parking.ts";
import type { Raw, SubscribeOptions } from "./port.ts";
import { backOffMs } from "./waiting.ts";
import type { World } from "./world.ts";

export type WorkOptions<T extends Topic> = HandlingOptions<T> & {
  readonly world: World;
  readonly topics: readonly T[];
  readonly group: string;
  readonly parked: SubscribeOptions["parked"];
  readonly held: HeldKeys<T>;
  /** Nothing begins any more. */
  readonly closing: AbortSignal;
};

/** What is done with one record: parked, or handled and acknowledged, or tried again later. Never rejects. */
export function openWork<T extends Topic>(options: WorkOptions<T>): (item: Item) => Promise<Outcome> {
  const { world, topics, group, held, membership, closing } = options;
  const { log, codec, note } = world;
  const isStopped = ({ tracker }: Item): boolean => tracker.signal.aborted || closing.aborted;
  const handle = openHandling(options, isStopped);

  const acknowledge = async ({ raw, tracker }: Item): Promise<Outcome> => {
    tracker.acknowledge(raw.offset);
    if (tracker.hasRoomAgain()) (await membership).resume(tracker.topic, tracker.partition);
    return "done";
  };
  /** @param after the release by which it went on, where it comes for the second time. */
  const putAside = async (raw: Raw, fault: Fault, after?: string): Promise<void> => {
    const parking = { group, holds: options.parked === "hold-key", ...(after !== undefined && { after }) };
    const letter = deadLetter(raw, parking, fault, world.now());
    held.parked(letter);
    await park(log, codec, letter);
    world.parked();
    note(
      fault.errorClass === "held" ? "info" : "error",
      { ...placeOf(raw), group, errorClass: fault.errorClass, why: fault.why },
      PARKED_SENTENCE[options.parked],
    );
    await (await membership).settle(raw, "finished");
  };
  /** @returns false where it was stopped before it began. */
  const take = async (item: Item, raw: Raw, after?: string): Promise<boolean> => {
    const read = readDelivery(codec, topics, raw);
    const isEnd = read.outcome === "valid" && held.isEndOf(read.delivery);
    if (held.has(raw.key) && !isEnd) await putAside(raw, FOLLOWS, after);
    else if (read.outcome === "valid") {
      const handled = await handle(item, raw, read.delivery);
      if (handled === "stopped") return false;
      if (handled !== "handled") await putAside(raw, handled, after);
      if (isEnd) held.end(raw.key);
    } else await putAside(raw, { errorClass: read.outcome, why: read.why, attempts: 1 }, after);
    return true;
  };
  /** What a person released goes on: the records that had followed are taken now, in their order, before the release is acknowledged. */
  const heed = async (item: Item): Promise<boolean> => {
    const resumed = await held.take(item.raw);
    if (resumed === undefined) return true;
    note("info", { group, key: item.raw.key, records: resumed.records.length }, RELEASED_SENTENCE);
    for (const raw of resumed.records) if (!(await take(item, raw, resumed.release))) return false;
    return true;
  };
  const attempt = async (item: Item): Promise<Outcome> => {
    const isOwn = topics.some((topic) => topic === item.raw.topic);
    const isTaken = isOwn ? await take(item, item.raw) : await heed(item);
    return isTaken ? await acknowledge(item) : "done";
  };
  return async (item) => {
    if (isStopped(item)) return "done";
    try {
      return await item.tracker.during(attempt(item));
    } catch (err) {
      if (isStopped(item)) return "done";
      item.failures += 1;
      const againInMs = backOffMs(item.failures, world.random);
      note("warn", { ...placeOf(item.raw), group, failures: item.failures, againInMs, err }, FAILED_SENTENCE);
      return { againInMs };
    }
  };
}

const FOLLOWS: Fault = { errorClass: "held", why: "an earlier record of this key is parked", attempts: 0 };
const FAILED_SENTENCE = "A handler failed. It is tried again, and only the records of its key wait for it.";
const RELEASED_SENTENCE = "A person released a key. What had followed into dead-letters is taken now, in its order.";
const PARKED_SENTENCE = {
  "hold-key":
    "A record could not be taken and stands in dead-letters. Later records of its key follow it there until a person has decided (holdfast dead-letters).",
  "go-on": "A record could not be taken and stands in dead-letters. Later records go on.",
};

function placeOf({ topic, partition, offset, key }: Raw): Pick<Raw, "topic" | "partition" | "offset" | "key"> {
  return { topic, partition, offset, key };
}
