import type { Codec, DeadLetter, Topic } from "@holdfast/schemas";
import { agrees, placeIn } from "./agreement.ts";
import { readDelivery } from "./delivery.ts";
import { caughtUpWith } from "./follow.ts";
import { openLetters, withoutRecord, type Letter } from "./letters.ts";
import type { Log } from "./log.ts";
import { recordsAt } from "./places.ts";
import type { Delivery, Next, Raw } from "./port.ts";

/** The keys whose later records follow the first one to `dead-letters`, for one group: a fold of that topic. */
export type HeldKeys<T extends Topic> = {
  readonly has: (key: string) => boolean;
  /** This member has just parked it. */
  readonly parked: (letter: DeadLetter) => void;
  /** Reads what stands there. */
  readonly refresh: () => Promise<void>;
  /** Takes one record of `dead-letters` as it comes. @returns what goes on by it: the records that had followed, in order. */
  readonly take: (raw: Raw) => Promise<{ readonly release: string; readonly records: readonly Raw[] } | undefined>;
  /** Whether this record is the end of what a person dropped: it is handled, and the key is free after it. */
  readonly isEndOf: (delivery: Delivery<T>) => boolean;
  readonly end: (key: string) => void;
};

type Options<T extends Topic> = {
  readonly log: Log;
  readonly codec: Codec;
  readonly group: string;
  readonly topics: readonly T[];
  readonly closes: ((delivery: Delivery<T>) => boolean) | undefined;
  /** Called for a letter of this group that does not agree with the record that it names. */
  readonly lied: (letter: DeadLetter) => void;
};

export function openHeldKeys<T extends Topic>(options: Options<T>): HeldKeys<T> {
  const { log, codec, group, topics, closes, lied } = options;
  const letters = openLetters();
  let read: readonly Next[] = [];

  const ofGroup = (raw: Raw): DeadLetter | undefined => {
    const reading = readDelivery(codec, ["dead-letters"], raw);
    const letter = reading.outcome === "valid" ? reading.delivery.event : undefined;
    return letter?.group === group && topics.some((topic) => topic === letter.topic) ? letter : undefined;
  };
  /** INVARIANT: a parked letter is folded only where the record at its place has the same bytes. */
  const foldAll = async (found: readonly DeadLetter[]): Promise<void> => {
    const fresh = found.filter((letter) => letter.kind === "parked" && !letters.has(letter));
    const records = await recordsAt(
      log,
      fresh.flatMap((letter) => placeIn(letter) ?? []),
    );
    for (const letter of found) {
      if (letter.kind !== "parked" || letters.has(letter) || agrees(letter, recordIn(records, letter)))
        letters.fold(withoutRecord(letter));
      else lied(letter);
    }
  };
  /** Where the end of what was dropped has come already, this member or one before it has handled it. */
  const endDropped = async (): Promise<void> => {
    for (const { letter, dropped } of letters.holds()) {
      const place = placeIn(letter);
      if (dropped === undefined || closes === undefined || place === undefined) continue;
      const ends = await log.ends([place.topic]);
      const from = ends.map((end) => (end.partition === place.partition ? { ...end, offset: place.offset } : end));
      await caughtUpWith(log, [place.topic], from, (raw) => {
        if (raw.key !== letter.key.toString() || raw.offset <= letter.offset) return;
        const reading = readDelivery(codec, topics, raw);
        if (reading.outcome === "valid" && closes(reading.delivery)) letters.end(group, raw.key);
      });
    }
  };
  return {
    has: (key) => letters.hold(group, key) !== undefined,
    parked: (letter) => letters.fold(withoutRecord(letter)),
    refresh: async () => {
      const found: DeadLetter[] = [];
      read = await caughtUpWith(log, ["dead-letters"], read, (raw) => {
        const letter = ofGroup(raw);
        if (letter !== undefined) found.push(letter);
      });
      await foldAll(found);
      await endDropped();
    },
    take: async (raw) => {
      const letter = ofGroup(raw);
      if (letter === undefined) return undefined;
      await foldAll([letter]);
      if (letter.kind !== "release") return undefined;
      const followers = letters.resumedBy(letter.id);
      const records = await recordsAt(
        log,
        followers.flatMap((follower) => placeIn(follower) ?? []),
      );
      return { release: letter.id, records: followers.flatMap((follower) => recordIn(records, follower) ?? []) };
    },
    isEndOf: (delivery) => letters.hold(group, delivery.key)?.dropped !== undefined && closes?.(delivery) === true,
    end: (key) => letters.end(group, key),
  };
}

function recordIn(records: readonly Raw[], { topic, partition, offset }: Letter): Raw | undefined {
  return records.find((raw) => raw.topic === topic && raw.partition === partition && raw.offset === offset);
}
