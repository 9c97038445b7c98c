import type { Consumer, EachBatchPayload } from "kafkajs";
import type { Topic } from "@holdfast/schemas";
import type { Member } from "../log.ts";
import type { Next, Note, Raw } from "../port.ts";
import { noteGap } from "./fetching.ts";
import type { Names } from "./names.ts";
import { rawOf } from "./records.ts";
import { nameOf, type TopicPartition } from "../topic-partition.ts";

/**
 * Offers a member the records of what it owns. What a full partition has no room for waits here: fetched again and again, a
 * long backlog would be read a hundred times.
 */
export type Feed = {
  /** Fetches these from their positions on. */
  readonly begin: (positions: readonly Next[]) => void;
  /** Throws away what waits for other partitions than these. */
  readonly keepOnly: (owned: readonly TopicPartition[]) => void;
  readonly resume: (topic: Topic, partition: number) => void;
  /** The callback of a consumer: it takes milliseconds. */
  readonly onBatch: (payload: EachBatchPayload) => Promise<void>;
};

type Options = {
  readonly names: Names;
  readonly note: Note;
  readonly consumer: () => Consumer | undefined;
  readonly has: (partition: TopicPartition) => boolean;
  readonly accept: Member["accept"];
  /** Hears of what was fetched and of the end of its partition. */
  readonly seen: (records: readonly Raw[], end: Next) => void;
  readonly fatal: (cause: Error) => void;
};

export function openFeed({ names, note, consumer, has, accept, seen, fatal }: Options): Feed {
  const waiting = new Map<string, readonly Raw[]>();
  /** Of these nothing has come yet. */
  const begun = new Set<string>();
  const nexts = new Map<string, number>();
  const { pause, resume, seek } = controlOf(consumer, names);
  const offer = (raw: Raw): boolean => {
    if (!accept(raw)) return false;
    const wanted = nexts.get(nameOf(raw)) ?? raw.offset;
    if (raw.offset > wanted) noteGap(note, raw, wanted);
    nexts.set(nameOf(raw), Math.max(wanted, raw.offset + 1));
    return true;
  };
  /** @returns whether the partition is to be fetched from. */
  const offerAll = (name: string, records: readonly Raw[]): boolean => {
    const refused = records.findIndex((raw) => !offer(raw));
    if (refused === -1) waiting.delete(name);
    else waiting.set(name, records.slice(refused));
    return refused === -1;
  };
  const take = (payload: EachBatchPayload): void => {
    const { batch } = payload;
    const [first, last] = [batch.messages.at(0), batch.messages.at(-1)];
    if (first === undefined || last === undefined || !payload.isRunning() || payload.isStale()) return;
    const mine = { topic: names.topicOf(batch.topic), partition: batch.partition };
    const name = nameOf(mine);
    if (!has(mine) || waiting.has(name)) {
      pause(mine); // it stays unresolved: its owner begins it, or it is fetched again
      return;
    }
    const offset = nexts.get(name) ?? 0;
    if (begun.delete(name) && Number(first.offset) > offset) {
      seek({ ...mine, offset }); // an answer from before, which overtook the seek: only where it comes again are records gone
      return;
    }
    const records = batch.messages.map((message) => rawOf(mine.topic, mine.partition, message));
    seen(records, { ...mine, offset: Number(batch.highWatermark) });
    payload.resolveOffset(last.offset);
    if (!offerAll(name, records)) pause(mine);
  };
  return {
    begin: (positions) => {
      for (const next of positions) {
        nexts.set(nameOf(next), next.offset);
        begun.add(nameOf(next));
        seek(next);
        resume(next);
      }
    },
    keepOnly: (owned) => {
      const kept = new Set(owned.map(nameOf));
      for (const name of waiting.keys()) if (!kept.has(name)) waiting.delete(name);
    },
    resume: (topic, partition) => {
      const rest = waiting.get(nameOf({ topic, partition }));
      if (rest && offerAll(nameOf({ topic, partition }), rest)) resume({ topic, partition });
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

type Control = {
  readonly pause: (partition: TopicPartition) => void;
  readonly resume: (partition: TopicPartition) => void;
  readonly seek: (next: Next) => void;
};

/** What the consumer that runs is told; where none does, nothing is. */
function controlOf(consumer: () => Consumer | undefined, names: Names): Control {
  return {
    pause: ({ topic, partition }) => consumer()?.pause([{ topic: names.ofTopic(topic), partitions: [partition] }]),
    resume: ({ topic, partition }) => consumer()?.resume([{ topic: names.ofTopic(topic), partitions: [partition] }]),
    seek: ({ topic, partition, offset }) =>
      consumer()?.seek({ topic: names.ofTopic(topic), partition, offset: String(offset) }),
  };
}
