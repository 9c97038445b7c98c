import type { Topic } from "@holdfast/schemas";
import type { Member } from "../log.ts";
import type { Next, Note } from "../port.ts";
import { openEnds } from "./ends.ts";
import type { Reader } from "./reader.ts";

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
  let places = new Map<string, { readonly next: Next; readonly isFull: boolean }>();
  const ends = openEnds(reader, topics);
  const unread = new Map<string, Next>();
  let isOpen = true;

  const feed = (topic: Topic, partition: number, end: number): void => {
    const name = `${topic}/${partition}`;
    let offset = places.get(name)?.next.offset ?? end;
    let isFull = places.get(name)?.isFull ?? true;
    while (!isFull && offset < end) {
      const chunk = reader.read(topic, partition, offset, CHUNK_MAX);
      if (chunk.length === 0) throw new Error(`records of ${name} are missing from ${offset} on`);
      for (const raw of chunk) {
        isFull = !accept(raw);
        if (isFull) break;
        offset = raw.offset + 1;
      }
    }
    if (places.has(name)) places.set(name, { next: { topic, partition, offset }, isFull });
    if (offset >= end) unread.delete(name);
  };
  const pump = (): void => {
    if (!isOpen) return;
    try {
      for (const end of ends.grown()) unread.set(`${end.topic}/${end.partition}`, end);
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
      places = new Map(
        partitions.map((next) => [
          `${next.topic}/${next.partition}`,
          places.get(`${next.topic}/${next.partition}`) ?? { next, isFull: false },
        ]),
      );
      ends.forget();
      pump();
    },
    pump,
    resume: (topic, partition) => {
      const place = places.get(`${topic}/${partition}`);
      if (place === undefined) return;
      places.set(`${topic}/${partition}`, { ...place, isFull: false });
      setImmediate(pump);
    },
    close: () => {
      isOpen = false;
    },
  };
}
