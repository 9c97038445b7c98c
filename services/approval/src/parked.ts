import { agrees, openLetters, placeIn, withoutRecord, type Bus, type Letters, type Raw } from "@holdfast/bus";
import type { DeadLetter } from "@holdfast/schemas";

const AGAIN_MS = 1_000;

/** What stands in `dead-letters`, as far as it is true: the same fold as in the groups that hold. */
export type Parked = {
  readonly letters: Letters;
  readonly fold: (event: DeadLetter) => void;
  /** The record that a letter names. */
  readonly record: (letter: Parameters<typeof placeIn>[0]) => Promise<Raw | undefined>;
  readonly publish: (event: DeadLetter) => Promise<unknown>;
};

export function openParked(bus: Pick<Bus, "recordsAt" | "publish">): Parked {
  const letters = openLetters();
  let waiting: DeadLetter[] = [];
  let isBusy = false;

  const recordsOf = (events: readonly DeadLetter[]): Promise<readonly Raw[]> =>
    bus.recordsAt(events.filter(({ kind }) => kind === "parked").flatMap((event) => placeIn(event) ?? []));
  /** One batch after the other, so that a decision is folded after its letter. */
  const work = async (): Promise<void> => {
    isBusy = true;
    while (waiting.length > 0) {
      const batch = waiting;
      try {
        const records = await recordsOf(batch);
        for (const event of batch) if (isTrue(event, records)) letters.fold(withoutRecord(event));
        waiting = waiting.slice(batch.length);
      } catch {
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS).unref()); // the bus is away, and says so itself
      }
    }
    isBusy = false;
  };
  return {
    letters,
    fold: (event) => {
      waiting = [...waiting, event];
      if (!isBusy) void work();
    },
    record: async (letter) => {
      const place = placeIn(letter);
      return place === undefined ? undefined : (await bus.recordsAt([place]))[0];
    },
    publish: (event) => bus.publish("dead-letters", event.key.toString(), event),
  };
}

/** Somebody's decision is signed. A parked record is true where it agrees with what stands at its place. */
function isTrue(event: DeadLetter, records: readonly Raw[]): boolean {
  const { kind, topic, partition, offset } = event;
  const record = records.find((raw) => raw.topic === topic && raw.partition === partition && raw.offset === offset);
  return kind !== "parked" || agrees(event, record);
}
