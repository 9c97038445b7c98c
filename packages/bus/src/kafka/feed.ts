import type { Consumer, EachBatchPayload } from "kafkajs";
import type { Topic } from "@holdfast/schemas";
import type { Member } from "../log.ts";
import type { Next, Note, Raw } from "../port.ts";
import { noteGap } from "./fetching.ts";
import type { Names } from "./names.ts";
import { nameOf, type Place } from "./ownership.ts";
import { rawOf } from "./records.ts";

/** Offers a member the records of what it owns, and stops at each partition that is full. */
export type Feed = {
  /** Fetches these from their positions on. */
  readonly begin: (positions: readonly Next[]) => void;
  readonly resume: (topic: Topic, partition: number) => void;
  /** The callback of a consumer: it takes milliseconds, and leaves unresolved what was not taken, to be fetched again. */
  readonly onBatch: (payload: EachBatchPayload) => Promise<void>;
};

type Options = {
  readonly names: Names;
  readonly note: Note;
  readonly consumer: () => Consumer | undefined;
  readonly has: (place: Place) => boolean;
  readonly accept: Member["accept"];
  /** Hears of each record and of the end of its partition. */
  readonly seen: (raw: Raw, end: Next) => void;
  readonly fatal: (cause: Error) => void;
};

export function openFeed({ names, note, consumer, has, accept, seen, fatal }: Options): Feed {
  const full = new Set<string>();
  const nexts = new Map<string, number>();
  const inKafka = ({ topic, partition }: Place): { topic: string; partitions: number[] } => ({
    topic: names.ofTopic(topic),
    partitions: [partition],
  });
  const offer = (place: Place, raw: Raw): boolean => {
    if (!has(place) || !accept(raw)) return false;
    const wanted = nexts.get(nameOf(place)) ?? raw.offset;
    if (raw.offset > wanted) noteGap(note, raw, wanted);
    nexts.set(nameOf(place), Math.max(wanted, raw.offset + 1));
    return true;
  };
  const take = (payload: EachBatchPayload): void => {
    const { batch } = payload;
    const place = { topic: names.topicOf(batch.topic), partition: batch.partition };
    const end = { ...place, offset: Number(batch.highWatermark) };
    for (const message of batch.messages) {
      if (!payload.isRunning() || payload.isStale()) return;
      const raw = rawOf(place.topic, place.partition, message);
      seen(raw, end);
      if (!offer(place, raw)) {
        full.add(nameOf(place));
        consumer()?.pause([inKafka(place)]);
        return;
      }
      payload.resolveOffset(message.offset);
    }
  };
  return {
    begin: (positions) => {
      for (const next of positions) {
        nexts.set(nameOf(next), next.offset);
        full.delete(nameOf(next));
        const { topic, partition, offset } = next;
        consumer()?.seek({ topic: names.ofTopic(topic), partition, offset: String(offset) });
      }
      consumer()?.resume(positions.map(inKafka));
    },
    resume: (topic, partition) => {
      if (full.delete(nameOf({ topic, partition }))) consumer()?.resume([inKafka({ topic, partition })]);
    },
    /** INVARIANT: nothing is thrown out of the callback: it would stop the consumer for good, and in silence. */
    onBatch: async (payload) => {
      try {
        take(payload);
      } catch (cause) {
        fatal(new Error(`A record of ${payload.batch.topic} could not be taken from Kafka.`, { cause }));
      }
    },
  };
}
