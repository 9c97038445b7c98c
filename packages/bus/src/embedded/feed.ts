import type { Topic } from "@holdfast/schemas";
import type { Member } from "../log.ts";
import type { Next, Note } from "../port.ts";
import { openEnds } from "./ends.ts";
import type { Reader } from "./reader.ts";
import { nameOf } from "../topic-partition.ts";

const CHUNK_MAX = 64;

/** Offers a member the records of what it owns, and stops at each partition that is full. */
export type Feed = {
  /** Reads these partitions from now on; those read already go on where they are. */
  readonly from: (partitions: readonly Next[]) => void;
  readonly pump: () => void;
  readonly resume: (topic: Topic, partition: number) => void;
  readonly close: () => void;
};

export function openFeed(reader: Reader, topics: readonly Topic[], accept: Member["accept"], note: Note): Feed {
  let owned = new Map<string, { readonly next: Next; readonly isFull: boolean }>();
  const ends = openEnds(reader, topics);
  const unread = new Map<string, Next>();
  let isOpen = true;

  const feed = (topic: Topic, partition: number, end: number): void => {
    const name = nameOf({ topic, partition });
    let offset = owned.get(name)?.next.offset ?? end;
    let isFull = owned.get(name)?.isFull ?? true;
    while (!isFull && offset < end) {
      const chunk = reader.read(topic, partition, offset, CHUNK_MAX);
      if (chunk.length === 0) throw new Error(`records of ${name} are missing from ${offset} on`);
      for (const raw of chunk) {
        isFull = !accept(raw);
        if (isFull) break;
        offset = raw.offset + 1;
      }
    }
    if (owned.has(name)) owned.set(name, { next: { topic, partition, offset }, isFull });
    if (offset >= end) unread.delete(name);
  };
  const pump = (): void => {
    if (!isOpen) return;
    try {
      for (const end of ends.grown()) unread.set(nameOf(end), end);
      for (const { topic, partition, offset } of unread.values()) feed(topic, partition, offset);
    } catch (err) {
      note(
        "error",
        { err },
        "The bus file could not be read. It is tried again at the next change, and within a second.",
      );
    }
  };
  return {
    from: (partitions) => {
      owned = new Map(partitions.map((next) => [nameOf(next), owned.get(nameOf(next)) ?? { next, isFull: false }]));
      ends.forget();
      pump();
    },
    pump,
    resume: (topic, partition) => {
      const mine = owned.get(nameOf({ topic, partition }));
      if (mine === undefined) return;
      owned.set(nameOf({ topic, partition }), { ...mine, isFull: false });
      setImmediate(pump);
    },
    close: () => {
      isOpen = false;
    },
  };
}
